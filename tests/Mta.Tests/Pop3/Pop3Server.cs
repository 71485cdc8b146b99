using System.Net.Security;
using Microsoft.Extensions.Logging.Abstractions;
using Mta.Accounts;
using Mta.Config;
using Mta.Pop3;
using Mta.Testing;
using Mta.Tests.Net;
using Mta.Tests.Smtp;

namespace Mta.Tests.Pop3;

/// <summary>A POP3 listener with accounts and maildrops in memory: those of <see cref="Pop3Script"/>, where nothing else is said.</summary>
internal sealed class Pop3Server : TestServer
{
    public Pop3Server(
        string pop3 = "allow-plaintext-on-loopback = true", string listener = "", ServerOptionsSelectionCallback? tls = null, TimeProvider? clock = null,
        ListenerKind kind = ListenerKind.Pop3, Transcript? script = null) : base(listener)
    {
        Maildrops = new() { Messages = Pop3Script.Messages(script ?? Transcript.Parse("", "")), Text = m => m.Uid == Pop3Script.Missing ? null : Pop3Script.Text(m.Uid) };
        Listen(Pop3ListenerActor.Props(
            new(new()
            {
                Settings = Pop3Settings.From(Section("mta.pop3", pop3), Pop3Script.Hostname),
                Directory = Directory,
                Tokens = Directory,
                Maildrops = Maildrops,
                Clock = clock ?? TimeProvider.System,
                Log = NullLogger.Instance,
                Tls = tls,
            }), kind, Limits, Socket));
    }

    public TestMaildrops Maildrops { get; }

    public TestDirectory Directory { get; } = new()
    {
        Password = Pop3Script.Password,
        Users =
        {
            [Pop3Script.User] = new(1, Pop3Script.User, 0, 0),
            [Pop3Script.InUseUser] = new(2, Pop3Script.InUseUser, 0, 0),
            [Pop3Script.BrokenUser] = new(3, Pop3Script.BrokenUser, 0, 0),
        },
    };

    public Task<Pop3ClientPeer> ConnectAsync() => Pop3ClientPeer.ConnectAsync(this);
}
