using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Microsoft.Extensions.Logging.Abstractions;
using Mta.Accounts;
using Mta.Config;
using Mta.Mail;
using Mta.Net;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;
using Mta.Smtp;
using Mta.Spool;
using Mta.Testing;

namespace Mta.Tests.Smtp;

/// <summary>
/// A listener with all that belongs to it, on a loopback port of its own. At the end it must not have caused dead letters, unhandled messages or
/// logged errors, and all its connections must be gone.
/// </summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    /// <summary>A certificate of its own making.</summary>
    public static readonly X509Certificate2 TlsCertificate = Certificate();

    /// <summary>What a server under TLS needs.</summary>
    public static readonly ServerOptionsSelectionCallback Tls = (_, _, _, _) => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificate = TlsCertificate });

    private readonly ActorSystem _system;
    private readonly ConcurrentQueue<object> _complaints = new();
    private readonly Channel<SpoolProtocol.Stored> _stored = Channel.CreateUnbounded<SpoolProtocol.Stored>();
    private readonly IActorRef _listener;

    public SmtpServer(
        string smtp = "", string listener = "", SmtpServerOptions? options = null, ServerOptionsSelectionCallback? tls = null,
        TimeProvider? clock = null, IRelayPolicy? policy = null, ListenerKind kind = ListenerKind.Smtp, IDirectory? directory = null, string submission = "")
    {
        _system = ActorSystem.Create("smtp", "akka.loglevel = WARNING\nakka.stdout-loglevel = OFF\nakka.loggers = []\nakka.log-dead-letters = off");
        var observer = _system.ActorOf(Props.Create(() => new Observer(_complaints.Enqueue, _stored)));
        foreach (var complaint in new[] { typeof(AllDeadLetters), typeof(UnhandledMessage), typeof(Akka.Event.Error), typeof(Akka.Event.Warning) })
            _system.EventStream.Subscribe(observer, complaint);
        Spool.Attach(0, observer, 0);

        var settings = SmtpSettings.From(Section("mta.smtp", smtp), SmtpScript.Hostname);
        if (options is not null) settings = settings with { Options = options };
        var limits = ListenerLimits.From(Section("mta.listener-defaults", listener));
        var socket = Listener.Bind(new(IPAddress.Loopback, 0), limits.Backlog);
        Local = socket.Local;
        _listener = _system.ActorOf(SmtpListenerActor.Props(
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
            }), kind, limits, socket));
    }

    public TestSpool Spool { get; } = new();
    public IPEndPoint Local { get; }

    public Task<ListenerProtocol.ListenerStatus> DescribeAsync() =>
        _listener.Ask<ListenerProtocol.ListenerStatus>(ListenerProtocol.Describe.Instance, TestContext.Current.CancellationToken);

    /// <summary>Waits until so many connections are open.</summary>
    public async Task ConnectionsAsync(int count)
    {
        while ((await DescribeAsync()).Connections != count) await Task.Yield();
    }

    /// <summary>What the listener is told when there are no file descriptors left.</summary>
    public void FailToAccept() => _listener.Tell(new NetProtocol.AcceptFailed("too many open files"));

    public void Drain(TimeSpan grace) => _listener.Tell(new ListenerProtocol.Drain(grace));

    public Task StoppedAsync() => _listener.WatchAsync(TestContext.Current.CancellationToken);

    public ValueTask<SpoolProtocol.Stored> NextStoredAsync() => _stored.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public Task<SmtpClientPeer> ConnectAsync() => SmtpClientPeer.ConnectAsync(this);

    public async ValueTask DisposeAsync()
    {
        Spool.StoreHeld();
        await Spool.FlushAsync(); // so that whoever did not wait for the answer gets it as a dead letter
        Drain(TimeSpan.Zero);
        await StoppedAsync();
        await _system.Terminate();
        await Spool.DisposeAsync();
        Assert.Empty(_complaints);
    }

    public static ConfigSection Section(string path, string overrides) => new(
        ConfigurationFactory.ParseString(overrides).WithFallback(ConfigurationFactory.ParseString(ConfigFile.Embedded("reference.conf")).GetConfig(path)), path);

    public static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + SmtpScript.Hostname, key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private sealed class Observer(Action<object> complain, Channel<SpoolProtocol.Stored> stored) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case SpoolProtocol.Stored record: stored.Writer.TryWrite(record); break;
                case SpoolProtocol.Attached: break;
                case AllDeadLetters { Message: IDeadLetterSuppression }: break;
                default: complain(message); break;
            }
        }
    }
}

/// <summary>The policy of the transcripts.</summary>
internal sealed record OpenPolicy(bool IsTrusted) : IRelayPolicy
{
    bool IRelayPolicy.IsTrusted(IPAddress client) => IsTrusted;

    public SmtpReply? Refuse(SmtpPeer peer, string address, string domain) => SmtpScript.Refuse(domain);
}
