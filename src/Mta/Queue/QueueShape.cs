using System.Collections.Immutable;

namespace Mta.Queue;

/// <summary>The queue by domain and age, as Postfix's qshape shows it.</summary>
public static class QueueShape
{
    /// <summary>The upper ends of the columns of ages, in minutes; the last column has none.</summary>
    public static ImmutableArray<int> Minutes { get; } = [5, 10, 20, 40, 80, 160, 320, 640, 1280];

    public static int Columns => Minutes.Length + 1;

    /// <summary>The column of an age.</summary>
    public static int Column(TimeSpan age)
    {
        for (int i = 0; i < Minutes.Length; i++)
            if (age.TotalMinutes < Minutes[i]) return i;
        return Minutes.Length;
    }
}

/// <summary>The open recipients of one domain.</summary>
/// <param name="Ages">How many there are in each column of <see cref="QueueShape"/>.</param>
/// <param name="Deferred">Of them, those that were tried in vain and wait.</param>
/// <param name="InFlight">Of them, those that are handed out or next in line.</param>
/// <param name="Held">Of them, those of messages that the operator holds.</param>
/// <param name="Due">When the next is due, or null.</param>
/// <param name="LastReply">What the one was told that waits for the latest attempt; or null.</param>
public sealed record DomainQueue(
    string Domain, ImmutableArray<int> Ages, int Recipients, int Deferred, int InFlight, int Held, DateTimeOffset Oldest, DateTimeOffset? Due,
    string? LastReply, string? LastHost)
{
    /// <summary>Of one domain, asked for alone: the commonest last replies.</summary>
    public ImmutableArray<ReplyCount> Replies { get; init; } = [];

    /// <summary>The same domain in another partition, added.</summary>
    public DomainQueue Plus(DomainQueue other)
    {
        var latest = other.LastReply is null || (LastReply is not null && Due >= other.Due) ? this : other;
        int[] ages = new int[QueueShape.Columns];
        for (int i = 0; i < ages.Length; i++) ages[i] = Ages[i] + other.Ages[i];
        return this with
        {
            Ages = [.. ages],
            Recipients = Recipients + other.Recipients,
            Deferred = Deferred + other.Deferred,
            InFlight = InFlight + other.InFlight,
            Held = Held + other.Held,
            Oldest = Oldest < other.Oldest ? Oldest : other.Oldest,
            Due = other.Due is null || Due < other.Due ? Due : other.Due,
            LastReply = latest.LastReply,
            LastHost = latest.LastHost,
            Replies = Replies.IsEmpty && other.Replies.IsEmpty ? [] : ReplyCount.Commonest(Replies.Concat(other.Replies)),
        };
    }
}

/// <summary>A reply with which attempts ended, and for how many recipients that wait.</summary>
public sealed record ReplyCount(string Reply, string Host, int Recipients)
{
    private const int Most = 10;

    internal static ImmutableArray<ReplyCount> Commonest(IEnumerable<ReplyCount> counts) =>
    [
        .. counts.GroupBy(c => (c.Reply, c.Host)).Select(g => new ReplyCount(g.Key.Reply, g.Key.Host, g.Sum(c => c.Recipients)))
            .OrderByDescending(c => c.Recipients).ThenBy(c => c.Reply, StringComparer.Ordinal).Take(Most),
    ];
}
