using System.Runtime.InteropServices;
using System.Text;
using Mta.Mail;

namespace Mta.Queue;

/// <summary>
/// Counts what a partition holds by domain and age. Messages that wait are read as they are packed: a million of them take a fraction of a second,
/// and nothing is kept for any of them.
/// </summary>
/// <param name="domain">The only one to count (lower case), or null for all.</param>
/// <param name="now">What ages are counted to.</param>
internal sealed class QueueSurvey(string? domain, DateTimeOffset now)
{
    /// <summary>Domains with counts of their own, so that a queue with a domain a message does not take as much again; the others are one number.</summary>
    internal const int MaxDomains = 20_000;

    private const int MaxReplies = 1000;
    private readonly Dictionary<string, Tally> _domains = new(StringComparer.Ordinal);
    private readonly Dictionary<DeliveryResult, int> _replies = [];
    private int _others;

    public QueueProtocol.Surveyed Answer => new(now, [.. _domains.Select(d => d.Value.Answer(d.Key) with { Replies = Replies() })], _others);

    /// <summary>A message that somebody works on.</summary>
    public void Add(QueuedMessage message)
    {
        for (int i = 0; i < message.Recipients.Length; i++)
        {
            ref readonly var r = ref message.Recipients[i];
            Add(message.Envelope.Recipients[i].Domain, message.Id, message.Held, r.Status, r.Attempts, r.Due.ToUnixTimeMilliseconds(), r.Last);
        }
    }

    /// <summary>A packed one.</summary>
    public void Add(MessageId id, byte[] packed, ResultPool results)
    {
        var states = PackedMessage.States(packed);
        var end = states;
        while (end.MoveNext()) { }
        var recipients = EnvelopeFields.Domains(end.Rest);
        Span<char> name = stackalloc char[256];
        while (states.MoveNext() && recipients.MoveNext())
        {
            // an address has at most 256 octets
            int length = Encoding.UTF8.TryGetChars(recipients.Current, name, out int count) ? count : 0;
            Add(name[..length], id, PackedMessage.IsHeld(packed), states.Status, states.Attempts, states.Due, states.Result is >= 0 and var result ? results[result] : null);
        }
    }

    private void Add(ReadOnlySpan<char> name, MessageId id, bool held, RecipientStatus status, int attempts, long due, DeliveryResult? last)
    {
        if (status is RecipientStatus.Delivered or RecipientStatus.Failed or RecipientStatus.Expired or RecipientStatus.Dropped) return;
        if (domain is not null && !name.SequenceEqual(domain)) return;
        if (!_domains.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var tally))
        {
            if (_domains.Count >= MaxDomains)
            {
                _others++;
                return;
            }
            _domains.Add(name.ToString(), tally = new());
        }
        tally.Add(QueueShape.Column(now - id.Time), id.Time, held, status, attempts, due, last);
        if (domain is null || last is null) return;
        ref int uses = ref CollectionsMarshal.GetValueRefOrNullRef(_replies, last);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref uses)) uses++;
        else if (_replies.Count < MaxReplies) _replies.Add(last, 1);
    }

    private System.Collections.Immutable.ImmutableArray<ReplyCount> Replies() =>
        ReplyCount.Commonest(_replies.Select(r => new ReplyCount(r.Key.Reply.ToString(), r.Key.Host, r.Value)));

    private sealed class Tally
    {
        private readonly int[] _ages = new int[QueueShape.Columns];
        private int _recipients, _deferred, _inFlight, _held;
        private long _due = long.MaxValue, _lastDue = long.MinValue;
        private DateTimeOffset _oldest = DateTimeOffset.MaxValue;
        private DeliveryResult? _last;

        public void Add(int column, DateTimeOffset since, bool held, RecipientStatus status, int attempts, long due, DeliveryResult? last)
        {
            _ages[column]++;
            _recipients++;
            if (since < _oldest) _oldest = since;
            if (held) _held++;
            if (status == RecipientStatus.InFlight) _inFlight++;
            else if (attempts > 0) _deferred++;
            if (status == RecipientStatus.Scheduled && !held && due < _due) _due = due;
            if (last is not null && due > _lastDue) (_last, _lastDue) = (last, due);
        }

        public DomainQueue Answer(string domain) => new(
            domain, [.. _ages], _recipients, _deferred, _inFlight, _held, _oldest, _due == long.MaxValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(_due),
            _last?.Reply.ToString(), _last?.Host);
    }
}
