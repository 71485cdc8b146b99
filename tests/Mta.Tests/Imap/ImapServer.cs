using System.Net.Security;
using Microsoft.Extensions.Logging.Abstractions;
using Mta.Accounts;
using Mta.Config;
using Mta.Imap;
using Mta.Mailbox;
using Mta.Testing;
using Mta.Tests.Net;
using Mta.Tests.Smtp;

namespace Mta.Tests.Imap;

/// <summary>An IMAP listener with accounts in memory and real mailboxes, in a folder of its own or one that outlives it.</summary>
internal sealed class ImapServer : TestServer
{
    public const string User = "tim", Poor = "poor", Ann = "ann", Eve = "eve";

    /// <summary>Octets that <see cref="Poor"/> may have.</summary>
    public const long Quota = 2048;

    private readonly DirectoryInfo? _ownFolder;
    private readonly MailStore _store;

    public ImapServer(
        string imap = "allow-plaintext-on-loopback = true", string? folder = null, ServerOptionsSelectionCallback? tls = null, TimeProvider? clock = null,
        ListenerKind kind = ListenerKind.Imap) : base("")
    {
        if (folder is null) _ownFolder = System.IO.Directory.CreateTempSubdirectory("mta-imap-");
        Folder = folder ?? _ownFolder!.FullName;
        _store = MailStore.Open(Folder, clock ?? TimeProvider.System);
        Mailboxes = _store.Start(Actors);
        Listen(ImapListenerActor.Props(
            new(new(ImapSettings.From(Section("mta.imap", imap)), Directory, Directory, Mailboxes, clock ?? TimeProvider.System, NullLogger.Instance, tls)), kind, Limits, Socket));
    }

    public TestDirectory Directory { get; } = new()
    {
        Users = { [User] = Tim, [Poor] = new(2, Poor, Quota, 0), [Ann] = new(3, Ann, 0, 0), [Eve] = new(4, Eve, 0, 0) },
    };

    public static Account Tim { get; } = new(1, User, 0, 0);

    public MailboxClient Mailboxes { get; }

    /// <summary>Where they are.</summary>
    public string Folder { get; }

    /// <summary>A client that has read the greeting, and is signed in unless it has no name.</summary>
    public async Task<ImapClientPeer> ConnectAsync(string? user = User)
    {
        var client = await ImapClientPeer.ConnectAsync(this);
        Assert.StartsWith("* OK [CAPABILITY ", await client.ReadAsync(), StringComparison.Ordinal);
        if (user is not null) Assert.StartsWith("OK [CAPABILITY ", (await client.RunAsync($"LOGIN {user} {SmtpScript.Password}")).End, StringComparison.Ordinal);
        return client;
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await base.DisposeAsync();
        }
        finally
        {
            _store.Dispose();
            _ownFolder?.Delete(recursive: true);
        }
    }
}
