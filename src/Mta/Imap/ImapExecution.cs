using Mta.Accounts;
using Mta.Mailbox;
using Mta.Net;
using Mta.Protocol.Imap.Writing;

namespace Mta.Imap;

/// <summary>
/// What a command has while it is executed, on a thread that may wait: the session and the output are its own until it ends.
/// </summary>
/// <param name="flush">Sends the output; completes when the client has taken it. Cancelled when the connection ends.</param>
internal sealed class ImapExecution(ImapSession session, MailboxClient mailboxes, OutputBuffer output, Func<Task> flush, TimeProvider clock, long appendLimit)
{
    /// <summary>Octets that may wait to be sent.</summary>
    private const int MostOutput = 64 * 1024;

    public ImapSession Session => session;
    public Account Account => session.Account!;
    public SelectedMailbox Selected => session.Selected!;
    public MailboxClient Mailboxes => mailboxes;
    public OutputBuffer Output => output;
    public ImapResponseWriter Writer => new(output, session.Utf8);
    public TimeProvider Clock => clock;

    /// <summary>Octets of the largest message that is taken.</summary>
    public long AppendLimit => appendLimit;

    public MailboxReader Read() => mailboxes.Store.Read(Account.Id);

    /// <summary>Lets the client catch up where much waits.</summary>
    public ValueTask FlushAsync() => output.Count < MostOutput ? ValueTask.CompletedTask : new(flush());
}
