using Akka.Actor;
using Mta.Actors;
using Mta.Mailbox.Store;

namespace Mta.Mailbox;

/// <summary>Parent of the accounts' actors: hands everything to that of its account.</summary>
internal sealed class MailboxesActor : UntypedActor
{
    private readonly Children<long> _accounts;

    public MailboxesActor(CommitThread commits) => _accounts = new(Context, _ => Props.Create<AccountActor>(commits));

    protected override void OnReceive(object message)
    {
        if (message is MailboxProtocol.ForAccount forAccount) _accounts.Forward(forAccount.AccountId, forAccount.Message, Sender);
        else if (!_accounts.Handle(message, Sender)) Unhandled(message);
    }
}
