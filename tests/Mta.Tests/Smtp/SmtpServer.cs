using System.Net;
using System.Net.Security;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Mta.Accounts;
using Mta.Config;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;
using Mta.Smtp;
using Mta.Spool;
using Mta.Testing;
using Mta.Tests.Net;

namespace Mta.Tests.Smtp;

/// <summary>An SMTP listener with a spool in memory.</summary>
internal sealed class SmtpServer : TestServer
{
    private readonly Channel<SpoolProtocol.Stored> _stored = Channel.CreateUnbounded<SpoolProtocol.Stored>();

    public SmtpServer(
        string smtp = "", string listener = "", SmtpServerOptions? options = null, ServerOptionsSelectionCallback? tls = null,
        TimeProvider? clock = null, IRelayPolicy? policy = null, ListenerKind kind = ListenerKind.Smtp, IDirectory? directory = null, string submission = "") : base(listener)
    {
        Spool.Attach(0, Observer, 0);
        var settings = SmtpSettings.From(Section("mta.smtp", smtp), SmtpScript.Hostname);
        if (options is not null) settings = settings with { Options = options };
        Listen(SmtpListenerActor.Props(
            new(new()
            {
                Settings = settings,
                Spool = Spool,
                Partitions = 1,
                Ids = new MessageIdSource(TimeProvider.System),
                Policy = policy ?? new OpenPolicy(IsTrusted: true),
                Clock = clock ?? TimeProvider.System,
                Log = NullLogger.Instance,
                Tls = tls,
                Directory = directory,
                Tokens = directory as ITokenValidator,
                Submission = SubmissionSettings.From(Section("mta.submission", submission)),
                Rates = new(clock ?? TimeProvider.System),
            }), kind, Limits, Socket));
    }

    public TestSpool Spool { get; } = new();

    public ValueTask<SpoolProtocol.Stored> NextStoredAsync() => _stored.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public Task<SmtpClientPeer> ConnectAsync() => SmtpClientPeer.ConnectAsync(this);

    protected override bool Observe(object message) => message switch
    {
        SpoolProtocol.Stored record => _stored.Writer.TryWrite(record),
        _ => message is SpoolProtocol.Attached,
    };

    public override async ValueTask DisposeAsync()
    {
        Spool.StoreHeld();
        await Spool.FlushAsync(); // so that whoever did not wait for the answer gets it as a dead letter
        await base.DisposeAsync();
        await Spool.DisposeAsync();
    }
}

/// <summary>The policy of the transcripts.</summary>
internal sealed record OpenPolicy(bool IsTrusted) : IRelayPolicy
{
    bool IRelayPolicy.IsTrusted(IPAddress client) => IsTrusted;

    public SmtpReply? Refuse(SmtpPeer peer, string address, string domain) => SmtpScript.Refuse(domain);
}
