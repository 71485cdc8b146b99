using Akka.Actor;

namespace Mta.Queue;

/// <summary>Somebody's question about all messages. It is answered in steps, so that deliveries need not wait for it; those that come later do not count.</summary>
/// <param name="last">The arrival number of the last message that counts.</param>
internal abstract class QueueWalk(QueueFilter filter, IActorRef asker, long last)
{
    /// <summary>Messages of one step: a few milliseconds.</summary>
    private const int Step = 1000;

    private readonly MessageTable.Cursor _cursor = new();
    private readonly byte[] _mentions = filter.Mentions();

    public QueueFilter Filter => filter;
    public IActorRef Asker => asker;
    public bool IsAtEnd => _cursor.Arrival >= last;

    /// <summary>The next messages that match, to look at.</summary>
    public IEnumerable<QueuedMessage> Next(QueueState state) =>
        state.Messages.Walk(_cursor, last, Step, _mentions).Where(message => QueueReport.Matches(message, filter));

    /// <summary>For <see cref="QueueProtocol.List"/>.</summary>
    public sealed class List(QueueProtocol.List list, IActorRef asker, long last) : QueueWalk(list.Filter, asker, last)
    {
        private readonly List<QueueEntry> _entries = [];
        private int _total;

        public QueueProtocol.Listing Answer => new([.. _entries], _total);

        public void Add(QueuedMessage message)
        {
            _total++;
            if (_entries.Count < list.Limit) _entries.Add(QueueReport.Entry(message));
        }
    }

    /// <summary>For <see cref="QueueProtocol.Change"/>.</summary>
    public sealed class Change(QueueProtocol.Change change, IActorRef asker, long last) : QueueWalk(change.Filter, asker, last)
    {
        private int _messages, _recipients;

        public QueueAction Action => change.Action;
        public QueueProtocol.Changed Answer => new(_messages, _recipients);

        public void Add(int recipients) => (_messages, _recipients) = (_messages + 1, _recipients + recipients);
    }
}
