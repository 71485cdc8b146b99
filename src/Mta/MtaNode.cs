using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Microsoft.Extensions.Logging;
using Mta.Accounts;
using Mta.Accounts.Admin;
using Mta.Accounts.Tokens;
using Mta.Config;
using Mta.Delivery;
using Mta.Dns;
using Mta.Domains;
using Mta.Mail;
using Mta.Net;
using Mta.Queue;
using Mta.Smtp;
using Mta.Spool;
using Mta.Tls;
using Mta.Tls.Acme;

namespace Mta;

/// <summary>
/// A running node: all wiring on one page, in the order in which a message travels backwards, so that everything a part speaks to is there
/// before it starts. It stops in the other direction.
/// </summary>
public sealed class MtaNode : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5), AskLimit = TimeSpan.FromSeconds(5);
    private const int MaxTold = 20;
    private readonly ActorSystem _system;
    private readonly ILogger _log;
    private readonly Live<QueueSettings> _queueSettings;
    private readonly Live<DeliverySettings> _deliverySettings;
    private readonly Live<RelayRoutes> _routes;
    private readonly SqlDirectory _accounts;
    private readonly JwtValidator? _tokens;
    private readonly IActorRef _queues;
    private readonly List<IActorRef> _listeners = [];
    private MtaSettings _settings;
    private NodeMetrics? _metrics;
    private IdleCollector? _collector;
    private bool _stopped;

    private MtaNode(MtaSettings settings, CertificateStore certificates, TimeProvider clock, ILoggerFactory logging)
    {
        (_settings, Certificates, Clock) = (settings, certificates, clock);
        _log = logging.CreateLogger("Mta");
        // what the configuration may be wrong about comes before anything that would have to be stopped again
        SmtpServerContext.Check(settings.Listeners, settings.Submission, hasTls: certificates.Choose() is not null);
        _accounts = SqlDirectory.Open(Path.Combine(settings.DataDir, "accounts"), settings.Accounts, clock, logging.CreateLogger("Mta.Accounts"));
        _tokens = settings.Accounts.OAuth is { } oauth ? new JwtValidator(oauth, clock) : null;
        var ids = new MessageIdSource(clock);
        Spool = FileSpool.Open(Path.Combine(settings.DataDir, "spool"), settings.Queue.Partitions, settings.Spool, clock, logging.CreateLogger("Mta.Spool"));
        _system = ActorSystem.Create("mta", ActorSystemSetup.Create(
            Journal.Setup(Path.Combine(settings.DataDir, "queue")),
            new AkkaLog.To(logging),
            BootstrapSetup.Create().WithConfig(settings.Akka
                .WithFallback(ConfigurationFactory.ParseString(ConfigFile.Embedded("akka.conf")))
                .WithFallback(SqlPersistence.DefaultConfiguration))));

        (_queueSettings, _deliverySettings, _routes) = (new(settings.Queue), new(settings.Delivery), new(settings.Routes));
        Domains = _system.ActorOf(Props.Create<DomainsActor>(DomainsContext.Smtp(
            new DeliveryContext(_deliverySettings, settings.Hostname, clock, logging.CreateLogger("Mta.Delivery")),
            _routes,
            new MxLookup(settings.Dns, settings.Hostname, clock),
            _accounts.IsLocal)), "domains");
        var recovered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _queues = _system.ActorOf(QueuesActor.Props(
            new(Spool, Domains, _queueSettings, settings.Hostname, ids, clock, logging.CreateLogger("Mta.Queue")), recovered), "queues");
        Queue = new(_queues);
        Renewal = new(settings.Tls.Acme, Certificates, clock, logging.CreateLogger("Mta.Tls"));
        Recovered = recovered.Task;
        Receiving = new(new()
        {
            Settings = settings.Smtp,
            Spool = Spool,
            Partitions = settings.Queue.Partitions,
            Ids = ids,
            Policy = settings.RelayPolicy,
            Clock = clock,
            Log = logging.CreateLogger("Mta.Smtp"),
            Tls = Certificates.Choose(),
            Directory = Directory,
            Tokens = Tokens,
            Submission = settings.Submission,
            Rates = new(clock),
        });
    }

    public TimeProvider Clock { get; }
    public string Hostname => _settings.Hostname;
    public CertificateStore Certificates { get; }
    public AcmeRenewal Renewal { get; }
    public ISpool Spool { get; }
    public QueueClient Queue { get; }

    /// <summary>Whose mail ends here, and who may sign in.</summary>
    public IDirectory Directory => _accounts;

    /// <summary>Changes <see cref="Directory"/>.</summary>
    public DirectoryAdmin Accounts => _accounts.Admin;

    /// <summary>Null where tokens are not taken.</summary>
    public ITokenValidator? Tokens => _tokens;

    /// <summary>Takes <see cref="DomainProtocol"/> messages.</summary>
    public IActorRef Domains { get; }

    /// <summary>Everything has recovered and mail is accepted.</summary>
    public bool IsReady { get; private set; }

    private Task Recovered { get; }
    private Live<SmtpServerContext> Receiving { get; }

    /// <summary>
    /// Starts a node and waits until it accepts mail. Throws <see cref="IOException"/> where the data folder cannot be used and
    /// <see cref="System.Net.Sockets.SocketException"/> where a listener's address is taken.
    /// </summary>
    public static async Task<MtaNode> StartAsync(MtaSettings settings, TimeProvider clock, ILoggerFactory logging)
    {
        // mail is nobody else's to read
        if (OperatingSystem.IsWindows()) System.IO.Directory.CreateDirectory(settings.DataDir);
        else System.IO.Directory.CreateDirectory(settings.DataDir, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // a taken port is found before anything else starts
        var sockets = new List<(ListenerSettings Settings, Listener Socket)>();
        CertificateStore? certificates = null;
        MtaNode? node = null;
        try
        {
            foreach (var listener in settings.Listeners.Where(l => l.Kind != ListenerKind.Http))
                sockets.Add((listener, Listener.Bind(listener.EndPoint, SmtpListenerSettings.From(listener.Section, listener.Kind).Backlog)));
            // what the configuration may be wrong about comes before anything that would have to be stopped again
            certificates = CertificateStore.Open(settings.Tls, settings.DataDir, settings.Hostname, clock, logging.CreateLogger("Mta.Tls"));
            node = new(settings, certificates, clock, logging);
            await node.Recovered.WaitAsync(StartLimit, clock).ConfigureAwait(false);
            foreach (var (listener, socket) in sockets)
                node._listeners.Add(node._system.ActorOf(
                    SmtpListenerActor.Props(node.Receiving, SmtpListenerSettings.From(listener.Section, listener.Kind), socket), $"listener-{listener.Name}"));
            node._metrics = new(node.Queue, node.Spool, clock);
            node._collector = new(clock);
            node.TellOfMissingRoutes();
            node.IsReady = true;
            return node;
        }
        catch
        {
            foreach (var (_, socket) in sockets) socket.Dispose();
            if (node is not null) await node.DisposeAsync().ConfigureAwait(false);
            certificates?.Dispose();
            throw;
        }
    }

    /// <summary>The next hops of a domain by the routes in force; null where it has none, and mail goes by MX, or waits where the domain is ours.</summary>
    public string? RouteOf(string domain) => _routes.Value.Describe(domain);

    /// <summary>What a domain is doing, or null when that cannot be said in time.</summary>
    public async Task<DomainStatus?> DescribeAsync(string domain)
    {
        try
        {
            return await Domains.Ask<DomainStatus>(new DomainProtocol.Describe(domain), AskLimit).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    /// <summary>What all domains are doing that have mail.</summary>
    public Task<DomainStatuses> DescribeAllAsync() => Domains.Ask<DomainStatuses>(new DomainProtocol.DescribeAll(), AskLimit);

    /// <summary>
    /// Puts new settings in force where that can be done while running, certificates included; returns the keys that take a restart. Throws
    /// <see cref="ConfigException"/> before anything is changed.
    /// </summary>
    public IReadOnlyList<string> Reload(MtaSettings settings)
    {
        var old = _settings;
        Certificates.Reload(settings.Tls);
        Renewal.Reload(settings.Tls.Acme);
        SmtpServerContext.Check(old.Listeners, settings.Submission, hasTls: Certificates.Choose() is not null);
        var restart = new List<string>();
        if (settings.Hostname != old.Hostname) restart.Add("mta.hostname");
        if (settings.DataDir != old.DataDir) restart.Add("mta.data-dir");
        if (!settings.Listeners.Select(l => (l.Name, l.EndPoint)).SequenceEqual(old.Listeners.Select(l => (l.Name, l.EndPoint)))) restart.Add("mta.listeners");
        if (settings.Queue.Partitions != old.Queue.Partitions) restart.Add("mta.queue.partitions");
        if (settings.Queue.FlushInterval != old.Queue.FlushInterval) restart.Add("mta.queue.flush-interval");
        if (settings.Spool != old.Spool) restart.Add("mta.spool");
        if (settings.Accounts != old.Accounts) restart.Add("mta.accounts");
        _queueSettings.Value = settings.Queue with { Partitions = old.Queue.Partitions };
        _deliverySettings.Value = settings.Delivery;
        _routes.Value = settings.Routes;
        Receiving.Value = Receiving.Value with { Settings = settings.Smtp, Policy = settings.RelayPolicy, Tls = Certificates.Choose(), Submission = settings.Submission };
        TellOfMissingRoutes();
        _settings = settings with { Hostname = old.Hostname, DataDir = old.DataDir, Listeners = old.Listeners, Spool = old.Spool, Accounts = old.Accounts };
        return restart;
    }

    private void TellOfMissingRoutes()
    {
        foreach (string domain in _accounts.Domains.Where(d => RouteOf(d) is null).Order(StringComparer.Ordinal).Take(MaxTold))
            _log.LogWarning("no-route domain={Domain} reason=\"it is ours, and mta.relay.routes does not say where its mailboxes are: its mail waits\"", domain);
    }

    /// <summary>
    /// Stops in order: no new connections and 421 to the idle ones, then the deliveries under way, then the queue's last flush, then the
    /// spool. Bounded by <c>stop-timeout</c>; what is cut off is tried again at the next start.
    /// </summary>
    public async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        IsReady = false;
        _metrics?.Dispose();
        _collector?.Dispose();
        var (limit, slack) = (_settings.StopTimeout, TimeSpan.FromSeconds(10));
        await Renewal.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_listeners.Select(l => Stop(l, limit + slack, new SmtpProtocol.Drain(limit)))).ConfigureAwait(false);
        await Stop(Domains, limit + slack, new DomainProtocol.Drain(limit)).ConfigureAwait(false);
        await Stop(_queues, slack, QueueProtocol.Stop.Instance).ConfigureAwait(false);
        await _system.Terminate().ConfigureAwait(false);
        await Spool.DisposeAsync().ConfigureAwait(false);
        _accounts.Dispose();
        _tokens?.Dispose();
        Certificates.Dispose();
    }

    private static async Task Stop(IActorRef actor, TimeSpan limit, object message)
    {
        try
        {
            await actor.GracefulStop(limit, message).ConfigureAwait(false);
        }
        catch (TaskCanceledException)
        {
            // it did not end in time: the rest stops all the same, and the spool knows what was not finished
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);
}
