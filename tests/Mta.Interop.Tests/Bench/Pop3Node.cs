using System.Globalization;
using System.Text;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Protocol.Addresses;

namespace Mta.Interop.Tests.Bench;

/// <summary>A node in this process whose mailbox of <see cref="BenchAccounts.Name"/> is to be had by POP3.</summary>
internal sealed class Pop3Node : IAsyncDisposable
{
    private readonly SubmissionNode _node;
    private Account? _account;

    private Pop3Node(SubmissionNode node, int pop3, int pop3s) => (_node, Pop3, Pop3s) = (node, pop3, pop3s);

    /// <summary>What is in the mailbox at first: dots, ends of lines, octets above 127, a long one, and one without an end of its last line.</summary>
    public static readonly byte[][] Samples =
    [
        Encoding.UTF8.GetBytes("From: a@src.test\r\nSubject: plain\r\n\r\n.\r\n..\r\n.dots\r\n...\r\n\r\nend.\r\n"),
        Encoding.UTF8.GetBytes("From: a@src.test\r\nSubject: grüße\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nschöne Grüße, δοκιμή\r\n"),
        Encoding.UTF8.GetBytes("From: a@src.test\r\nSubject: long\r\n\r\n" + string.Concat(Enumerable.Range(0, 30_000).Select(i => $".{i} and some text that makes the line longer\r\n"))),
        Encoding.UTF8.GetBytes("From: a@src.test\r\nSubject: empty\r\n\r\n"),
    ];

    /// <summary>With STLS.</summary>
    public int Pop3 { get; }

    /// <summary>Under TLS from the start.</summary>
    public int Pop3s { get; }

    public SubmissionNode Submission => _node;

    /// <param name="settings">Of <c>mta</c>.</param>
    public static async Task<Pop3Node> Start(string settings = "")
    {
        int pop3 = MtaProcess.FreePort(), pop3s = MtaProcess.FreePort();
        var node = new Pop3Node(await SubmissionNode.Start($$"""
            listeners.pop3 { address = "127.0.0.1", port = {{pop3}} }
            listeners.pop3s { address = "127.0.0.1", port = {{pop3s}} }
            {{settings}}
            """), pop3, pop3s);
        foreach (byte[] sample in Samples) await node.Add(sample);
        return node;
    }

    public string PortOf(bool isImplicit) => (isImplicit ? Pop3s : Pop3).ToString(CultureInfo.InvariantCulture);

    public async Task Add(byte[] message)
    {
        using var body = _node.Node.Mailboxes.Store.Stage();
        body.Write(message);
        body.Finish();
        await _node.Node.Mailboxes.AppendAsync(await Account(), MailboxName.Inbox, new NewMessage(body));
    }

    /// <summary>Takes a message out of the mailbox, as an IMAP session would.</summary>
    public async Task Expunge(uint uid)
    {
        var account = await Account();
        long inbox;
        using (var reader = _node.Node.Mailboxes.Store.Read(account.Id)) inbox = reader.Find(MailboxName.Inbox)!.Id;
        await _node.Node.Mailboxes.RemoveAsync(account, inbox, [new(uid, uid)]);
    }

    /// <summary>Messages in the mailbox.</summary>
    public async Task<long> Count()
    {
        using var reader = _node.Node.Mailboxes.Store.Read((await Account()).Id);
        return reader.Find(MailboxName.Inbox)!.Messages;
    }

    private async ValueTask<Account> Account() =>
        _account ??= await _node.Node.Directory.FindAccountAsync(new MailPath(BenchAccounts.Name, BenchAccounts.Domain), TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("no account");

    public ValueTask DisposeAsync() => _node.DisposeAsync();
}
