using Akka.Actor;
using Mta.Actors;
using Mta.Mailbox.Store;

namespace Mta.Mailbox;

/// <summary>
/// The mailboxes of one account: the only writer of UIDs, mod-sequences and flags. A change is committed first; then all open sessions are told, in the order
/// of the commits; then who asked for it. Leaves when nobody is there.
/// </summary>
internal sealed class AccountActor(CommitThread commits) : UntypedActor
{
    private readonly HashSet<IActorRef> _sessions = [];
    private IActorRef? _popSession;
    private int _changing;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MailboxProtocol.Make make:
                _changing++;
                commits.Post(make.Change.Through(Self));
                break;
            case MailboxProtocol.Ended ended:
                _changing--;
                if (ended.Change.Events.Length > 0)
                {
                    var happened = new MailboxProtocol.Happened(ended.Change.AccountId, ended.Change.Events, ended.Change.By);
                    Announce(happened, _sessions);
                    foreach (var shared in ended.Change.Events.OfType<MailboxEvent.AclChanged>()) TellGrantee(happened, shared);
                }
                ended.Change.Complete();
                LeaveIfUnused();
                break;
            case MailboxProtocol.Watch watch:
                if (_sessions.Add(watch.Session)) Context.Watch(watch.Session);
                watch.Done.SetResult();
                break;
            case MailboxProtocol.Shared shared:
                Announce(shared.Change, _sessions.Except(shared.Told));
                LeaveIfUnused();
                break;
            case MailboxProtocol.Unwatch unwatch:
                if (_sessions.Remove(unwatch.Session) && !unwatch.Session.Equals(_popSession)) Context.Unwatch(unwatch.Session);
                LeaveIfUnused();
                break;
            case MailboxProtocol.LockMaildrop locked:
                bool isFree = _popSession is null;
                if (isFree) _popSession = Context.Watch(locked.Session);
                locked.Session.Tell(new MailboxProtocol.Locked(isFree));
                break;
            case MailboxProtocol.UnlockMaildrop unlocked:
                if (unlocked.Session.Equals(_popSession))
                {
                    _popSession = null;
                    if (!_sessions.Contains(unlocked.Session)) Context.Unwatch(unlocked.Session);
                }
                LeaveIfUnused();
                break;
            case Terminated { ActorRef: var gone }:
                _sessions.Remove(gone);
                if (gone.Equals(_popSession)) _popSession = null;
                LeaveIfUnused();
                break;
            case PassivationProtocol.StopIfUnused:
                if (IsUsed) Context.Parent.Tell(PassivationProtocol.StillUsed.Instance);
                else Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static void Announce(MailboxProtocol.Happened happened, IEnumerable<IActorRef> sessions)
    {
        foreach (var session in sessions) session.Tell(happened);
    }

    private void TellGrantee(MailboxProtocol.Happened happened, MailboxEvent.AclChanged change)
    {
        if (change.Account != Acl.Anyone && change.Account != happened.AccountId)
            Context.Parent.Tell(new MailboxProtocol.ForAccount(change.Account, new MailboxProtocol.Shared(happened with { Events = [change] }, [.. _sessions])));
    }

    private bool IsUsed => _changing > 0 || _sessions.Count > 0 || _popSession is not null;

    private void LeaveIfUnused()
    {
        if (!IsUsed) Context.Parent.Tell(PassivationProtocol.Passivate.Instance);
    }
}
