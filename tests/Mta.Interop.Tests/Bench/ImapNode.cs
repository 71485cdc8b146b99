using System.Globalization;
using System.Net.Sockets;
using System.Text;
using MailKit.Net.Imap;
using MailKit.Security;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Protocol.Addresses;

namespace Mta.Interop.Tests.Bench;

/// <summary>A node in this process whose mailboxes of <see cref="BenchAccounts.Name"/> are to be had by IMAP.</summary>
internal sealed class ImapNode : IAsyncDisposable
{
    private readonly SubmissionNode _node;
    private Account? _account;

    private ImapNode(SubmissionNode node, int imap, int imaps) => (_node, Imap, Imaps) = (node, imap, imaps);

    /// <summary>With STARTTLS; in the clear for who wants to.</summary>
    public int Imap { get; }

    /// <summary>Under TLS from the start.</summary>
    public int Imaps { get; }

    public SubmissionNode Submission => _node;

    public MailboxClient Mailboxes => _node.Node.Mailboxes;

    public static async Task<ImapNode> Start()
    {
        int imap = MtaProcess.FreePort(), imaps = MtaProcess.FreePort();
        return new ImapNode(await SubmissionNode.Start($$"""
            listeners.imap { address = "127.0.0.1", port = {{imap}} }
            listeners.imaps { address = "127.0.0.1", port = {{imaps}} }
            imap.allow-plaintext-on-loopback = on
            """), imap, imaps);
    }

    public string PortOf(bool isImplicit) => (isImplicit ? Imaps : Imap).ToString(CultureInfo.InvariantCulture);

    /// <summary>Puts messages into a mailbox.</summary>
    public async Task Add(string mailbox, IEnumerable<byte[]> messages, MailFlags flags = MailFlags.None, DateTimeOffset? at = null)
    {
        foreach (var some in messages.Chunk(200))
        {
            var bodies = some.Select(Stage).ToList();
            await Mailboxes.AppendAsync(await Account(), mailbox, [.. bodies.Select(body => new NewMessage(body, [], flags, [], at))]);
            foreach (var body in bodies) body.Dispose();
        }
    }

    /// <summary>What is in a mailbox.</summary>
    public async Task<IReadOnlyList<MessageInfo>> Messages(string mailbox)
    {
        using var reader = Mailboxes.Store.Read((await Account()).Id);
        return reader.Find(mailbox) is { } info ? [.. reader.Messages(info.Id, new(1, uint.MaxValue))] : [];
    }

    /// <inheritdoc cref="Talk(int, string, string, string)"/>
    public Task<string> Talk(string commands) => Talk(Imap, BenchAccounts.Name, BenchAccounts.Password, commands);

    /// <summary>Signs in, sends it all at once, and returns all that comes, octets as characters.</summary>
    public static async Task<string> Talk(int port, string name, string password, string commands)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answer = reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"l LOGIN {name} \"{password}\"\r\n{commands}z LOGOUT\r\n"), TestContext.Current.CancellationToken);
        return await answer;
    }

    /// <summary>A client of MailKit that has signed in.</summary>
    public async Task<ImapClient> Connect(SaslMechanism? mechanism = null, bool isImplicit = true)
    {
        var client = new ImapClient { ServerCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == _node.Certificate.Fingerprint };
        await client.ConnectAsync("127.0.0.1", isImplicit ? Imaps : Imap, isImplicit ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls, TestContext.Current.CancellationToken);
        if (mechanism is null) await client.AuthenticateAsync(BenchAccounts.Name, BenchAccounts.Password, TestContext.Current.CancellationToken);
        else await client.AuthenticateAsync(mechanism, TestContext.Current.CancellationToken);
        return client;
    }

    private StagedBody Stage(byte[] message)
    {
        var body = Mailboxes.Store.Stage();
        body.Write(message);
        body.Finish();
        return body;
    }

    private async ValueTask<Account> Account() =>
        _account ??= await _node.Node.Directory.FindAccountAsync(new MailPath(BenchAccounts.Name, BenchAccounts.Domain), TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("no account");

    public ValueTask DisposeAsync() => _node.DisposeAsync();
}
