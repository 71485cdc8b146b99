using System.Collections.Immutable;

namespace Mta.Mailbox;

/// <summary>The flags of a message: the system flags, and above them one bit for each of the mailbox's keywords (RFC 9051 §2.3.2).</summary>
[Flags]
public enum MailFlags : long
{
    None = 0,
    Seen = 1,
    Answered = 2,
    Flagged = 4,
    Deleted = 8,
    Draft = 16,

    /// <summary>All that have a meaning of their own.</summary>
    System = Seen | Answered | Flagged | Deleted | Draft,

    /// <summary>These and all keywords.</summary>
    Any = -1,
}

/// <summary>The keywords of one mailbox, each with its bit.</summary>
/// <param name="Names">By bit; the first has bit <see cref="FirstBit"/>.</param>
public sealed record Keywords(ImmutableArray<string> Names)
{
    public const int FirstBit = 5;

    /// <summary>As many as fit into the 63 bits above the system flags.</summary>
    public const int Max = 58;

    public static Keywords None { get; } = new([]);

    /// <summary>The flag of a keyword; none where the mailbox does not have it. Case does not matter (RFC 9051 §2.3.2).</summary>
    public MailFlags Find(string name)
    {
        for (int i = 0; i < Names.Length; i++)
            if (Names[i].Equals(name, StringComparison.OrdinalIgnoreCase)) return Bit(i);
        return MailFlags.None;
    }

    /// <summary>The keywords among these flags.</summary>
    public IEnumerable<string> Of(MailFlags flags)
    {
        for (int i = 0; i < Names.Length; i++)
            if ((flags & Bit(i)) != 0) yield return Names[i];
    }

    internal static MailFlags Bit(int index) => (MailFlags)(1L << (FirstBit + index));
}
