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
    private readonly long _last = last;

    public QueueFilter Filter => filter;
    public IActorRef Asker => asker;
    public bool IsAtEnd => _cursor.Arrival >= _last;

    /// <summary>The next messages that match, to look at.</summary>
    public IEnumerable<QueuedMessage> Next(QueueState state) =>
        state.Messages.Walk(_cursor, _last, Step, _mentions).Where(message => QueueReport.Matches(message, filter));

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

    /// <summary>For <see cref="QueueProtocol.Survey"/>.</summary>
    /// <param name="domain">The only one that counts, or null.</param>
    public sealed class Survey(string? domain, DateTimeOffset now, IActorRef asker, long last) : QueueWalk(new(Domain: domain), asker, last)
    {
        // what only counts is five times as quick
        private const int SurveyStep = 5 * Step;

        private readonly QueueSurvey _survey = new(domain, now);

        /// <summary>Who asked while it was on its way.</summary>
        public List<IActorRef> Others { get; } = [];

        public QueueProtocol.Surveyed Answer => _survey.Answer;

        public void GoOn(QueueState state) => state.Messages.Survey(_cursor, _last, SurveyStep, _mentions, _survey);
    }

    /// <summary>For <see cref="QueueProtocol.Resumed"/>.</summary>
    public sealed class Resume(string domain, long last) : QueueWalk(new(Domain: domain), ActorRefs.Nobody, last);
}
