using Mta.Mail;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>
/// The messages of a partition, in the order in which they came: those that somebody works on as objects, the others packed. Who goes through
/// them may do so in steps, for a message keeps its arrival number whatever happens in between.
/// </summary>
internal sealed class MessageTable
{
    /// <summary>So many empty places are not worth closing the ranks.</summary>
    private const int MinGaps = 1024;

    private readonly Dictionary<MessageId, int> _places = [];
    private readonly ResultPool _results = new();
    private Place[] _ordered = [];
    private int _end;
    private long _lastArrival;

    public int Count => _places.Count;

    /// <summary>The arrival number of the newest message that ever came.</summary>
    public long LastArrival => _lastArrival;

    public bool Contains(MessageId id) => _places.ContainsKey(id);

    /// <summary>The message to work on, or null. It stays an object until it is given to <see cref="Pack"/>.</summary>
    public QueuedMessage? Find(MessageId id)
    {
        if (!_places.TryGetValue(id, out int at)) return null;
        ref var place = ref _ordered[at];
        if (place.Message is QueuedMessage message) return message;
        byte[] packed = (byte[])place.Message!;
        message = PackedMessage.Unpack(id, packed, _results);
        PackedMessage.Release(packed, _results);
        place.Message = message;
        return message;
    }

    /// <summary>The message to look at, or null: what is done to it may be lost.</summary>
    public QueuedMessage? Peek(MessageId id) => _places.TryGetValue(id, out int at) ? Look(_ordered[at]) : null;

    /// <summary>When it is due next, and its priority; null where it is held, or nothing of it is scheduled.</summary>
    public (DateTimeOffset Due, sbyte Priority)? NextDue(MessageId id) => _places.TryGetValue(id, out int at) ? NextDue(_ordered[at]) : null;

    public void Add(QueuedMessage message)
    {
        if (_end == _ordered.Length)
        {
            if (_end - Count > Math.Max(MinGaps, Count)) CloseRanks();
            else Array.Resize(ref _ordered, Math.Max(16, _end + _end / 2));
        }
        _places.Add(message.Id, _end);
        _ordered[_end++] = new(message.Id, ++_lastArrival, message);
    }

    public void Remove(MessageId id)
    {
        if (!_places.Remove(id, out int at)) return;
        if (_ordered[at].Message is byte[] packed) PackedMessage.Release(packed, _results);
        _ordered[at].Message = null;
    }

    /// <summary>Nobody works on the message now.</summary>
    public void Pack(QueuedMessage message)
    {
        if (!_places.TryGetValue(message.Id, out int at) || _ordered[at].Message != message) return;
        message.DropMemory();
        _ordered[at].Message = PackedMessage.Pack(message, _results);
    }

    /// <summary>
    /// Goes on to at most <paramref name="count"/> messages behind the arrival number <paramref name="cursor"/>, up to
    /// <paramref name="last"/>; at the end the cursor is at <paramref name="last"/>. The messages are to look at.
    /// </summary>
    /// <param name="mentions">Leaves out packed messages that do not have this in them (<see cref="PackedMessage.Mentions"/>).</param>
    public IEnumerable<QueuedMessage> Walk(Cursor cursor, long last, int count, byte[] mentions)
    {
        int at = PlaceBehind(cursor.Arrival);
        for (; at < _end && count > 0 && _ordered[at].Arrival <= last; at++)
        {
            var place = _ordered[at];
            cursor.Arrival = place.Arrival;
            if (place.Message is null) continue;
            count--;
            if (place.Message is byte[] packed && !PackedMessage.Mentions(packed, mentions)) continue;
            yield return Look(place)!;
        }
        if (at >= _end || _ordered[at].Arrival > last) cursor.Arrival = last;
    }

    /// <summary>As <see cref="Walk"/>, for what only counts: packed messages stay packed.</summary>
    public void Survey(Cursor cursor, long last, int count, byte[] mentions, QueueSurvey survey)
    {
        int at = PlaceBehind(cursor.Arrival);
        for (; at < _end && count > 0 && _ordered[at].Arrival <= last; at++, count--)
        {
            ref readonly var place = ref _ordered[at];
            cursor.Arrival = place.Arrival;
            if (place.Message is QueuedMessage message) survey.Add(message);
            else if (place.Message is byte[] packed && PackedMessage.Mentions(packed, mentions)) survey.Add(place.Id, packed, _results);
        }
        if (at >= _end || _ordered[at].Arrival > last) cursor.Arrival = last;
    }

    public IEnumerable<(MessageId Id, DateTimeOffset Due, sbyte Priority)> Due()
    {
        for (int at = 0; at < _end; at++)
            if (NextDue(_ordered[at]) is var (due, priority)) yield return (_ordered[at].Id, due, priority);
    }

    /// <summary>Where the bodies are.</summary>
    public IEnumerable<(MessageId Id, BodyLocation Location)> Bodies()
    {
        for (int at = 0; at < _end; at++)
            if (_ordered[at].Message is { } message)
                yield return (_ordered[at].Id, message is QueuedMessage working ? working.Location : PackedMessage.Location((byte[])message));
    }

    /// <summary>Gives out the arrival numbers anew, by the ids, which rise with time. While nobody goes through the messages.</summary>
    public void SortByAge()
    {
        CloseRanks();
        _ordered.AsSpan(0, _end).Sort(static (a, b) => a.Id.CompareTo(b.Id));
        for (int at = 0; at < _end; at++)
        {
            _ordered[at].Arrival = ++_lastArrival;
            _places[_ordered[at].Id] = at;
        }
    }

    private QueuedMessage? Look(in Place place) => place.Message as QueuedMessage
        ?? (place.Message is byte[] packed ? PackedMessage.Unpack(place.Id, packed, _results) : null);

    private static (DateTimeOffset Due, sbyte Priority)? NextDue(in Place place) => place.Message switch
    {
        byte[] packed => PackedMessage.NextDue(packed),
        QueuedMessage { Held: false, NextDue: { } due } message => (due, message.Priority),
        _ => null,
    };

    private int PlaceBehind(long arrival)
    {
        int low = 0, high = _end;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ordered[middle].Arrival <= arrival) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private void CloseRanks()
    {
        int to = 0;
        for (int from = 0; from < _end; from++)
        {
            if (_ordered[from].Message is null) continue;
            _ordered[to] = _ordered[from];
            _places[_ordered[to].Id] = to++;
        }
        _ordered.AsSpan(to, _end - to).Clear();
        _end = to;
    }

    /// <summary>How far somebody has gone through the messages.</summary>
    internal sealed class Cursor
    {
        public long Arrival { get; set; }
    }

    /// <param name="Message">A <see cref="QueuedMessage"/>, a packed one, or null where it has left.</param>
    private record struct Place(MessageId Id, long Arrival, object? Message);
}
