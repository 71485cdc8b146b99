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
using Mta.Imap;
using Mta.LocalDelivery;
using Mta.Mail;
using Mta.Mailbox;
using Mta.Net;
using Mta.Pop3;
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
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private readonly DomainSuspensions _suspensions;
    private readonly ActorSystem _system;
    private readonly Live<QueueSettings> _queueSettings;
    private readonly Live<DeliverySettings> _deliverySettings;
    private readonly Live<RelayRoutes> _routes;
    private readonly SqlDirectory _accounts;
    private readonly MailStore _mail;
    private readonly JwtValidator? _tokens;
    private readonly IActorRef _queues;
    private readonly ListenerSet _listeners;
    private readonly ConfigFile _startedWith;
    private MtaSettings _settings;
    private NodeMetrics? _metrics;
    private IdleCollector? _collector;
    private bool _stopped;

    private MtaNode(MtaSettings settings, CertificateStore certificates, TimeProvider clock, ILoggerFactory logging)
    {
        (_settings, _startedWith, Certificates, Clock) = (settings, settings.File, certificates, clock);
        // what the configuration may be wrong about comes before anything that would have to be stopped again
        Check(settings);
        _accounts = SqlDirectory.Open(Path.Combine(settings.DataDir, "accounts"), settings.Accounts, clock, logging.CreateLogger("Mta.Accounts"));
        _tokens = settings.Accounts.OAuth is { } oauth ? new JwtValidator(oauth, clock) : null;
        _suspensions = DomainSuspensions.Open(Path.Combine(settings.DataDir, "suspended-domains.json"), clock, logging.CreateLogger("Mta.Domains"));
        var ids = new MessageIdSource(clock);
        Spool = FileSpool.Open(Path.Combine(settings.DataDir, "spool"), settings.Queue.Partitions, settings.Spool, clock, logging.CreateLogger("Mta.Spool"));
        _system = ActorSystem.Create("mta", ActorSystemSetup.Create(
            Journal.Setup(Path.Combine(settings.DataDir, "queue")),
            new AkkaLog.To(logging),
            BootstrapSetup.Create().WithConfig(settings.Akka
                .WithFallback(ConfigurationFactory.ParseString(ConfigFile.Embedded("akka.conf")))
                .WithFallback(SqlPersistence.DefaultConfiguration))));

        _mail = MailStore.Open(Path.Combine(settings.DataDir, "mailboxes"), clock);
        Mailboxes = _mail.Start(_system);
        (_queueSettings, _deliverySettings, _routes) = (new(settings.Queue), new(settings.Delivery), new(settings.Routes));
        Domains = _system.ActorOf(Props.Create<DomainsActor>(DomainsContext.Smtp(
            new DeliveryContext(_deliverySettings, settings.Hostname, clock, logging.CreateLogger("Mta.Delivery")),
            _routes,
            new MxLookup(settings.Dns, settings.Hostname, clock),
            _accounts.IsLocal) with
        {
            Suspensions = _suspensions,
            Local = Props.Create<LocalDeliveryActor>(new LocalDeliveryContext(
                _accounts, Mailboxes, Spool, settings.Queue.Partitions, ids, clock, logging.CreateLogger("Mta.Delivery"))),
        }), "domains");
        var recovered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _queues = _system.ActorOf(QueuesActor.Props(
            new(Spool, Domains, _queueSettings, settings.Hostname, ids, clock, logging.CreateLogger("Mta.Queue")) { Suspensions = _suspensions }, recovered), "queues");
        Queue = new(_queues);
        Destinations = new(Domains, Queue, _suspensions, Directory);
        Renewal = new(settings.Tls.Acme, Certificates, clock, logging.CreateLogger("Mta.Tls"));
        Recovered = recovered.Task;
        Reading = new(new(settings.Imap, Directory, Tokens, Mailboxes, clock, logging.CreateLogger("Mta.Imap"), Certificates.Choose()));
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
            Directory = new QuotaDirectory(_accounts, _mail, domain => _routes.Value.FindForOurs(domain) is not null),
            Tokens = Tokens,
            Submission = settings.Submission,
            Rates = new(clock),
        });
        Fetching = new(new()
        {
            Settings = settings.Pop3,
            Directory = Directory,
            Tokens = Tokens,
            Maildrops = new InboxMaildrops(Mailboxes),
            Clock = clock,
            Log = logging.CreateLogger("Mta.Pop3"),
            Tls = Certificates.Choose(),
        });
        _listeners = new(_system, Serve);
    }

    public TimeProvider Clock { get; }
    public string Hostname => _settings.Hostname;

    /// <summary>Those in force: a reload changes them.</summary>
    public MtaSettings Settings => _settings;
    public CertificateStore Certificates { get; }
    public AcmeRenewal Renewal { get; }
    public ISpool Spool { get; }
    public QueueClient Queue { get; }

    /// <summary>The mailboxes of the accounts.</summary>
    public MailboxClient Mailboxes { get; }

    /// <summary>Whose mail ends here, and who may sign in.</summary>
    public IDirectory Directory => _accounts;

    /// <summary>Changes <see cref="Directory"/>.</summary>
    public DirectoryAdmin Accounts => _accounts.Admin;

    /// <summary>Null where tokens are not taken.</summary>
    public ITokenValidator? Tokens => _tokens;

    /// <summary>The domains that mail goes to.</summary>
    public Destinations Destinations { get; }

    /// <summary>Takes <see cref="DomainProtocol"/> messages.</summary>
    public IActorRef Domains { get; }

    /// <summary>Everything has recovered and mail is accepted.</summary>
    public bool IsReady { get; private set; }

    private Task Recovered { get; }
    private Live<SmtpServerContext> Receiving { get; }
    private Live<Pop3ServerContext> Fetching { get; }
    private Live<ImapServerContext> Reading { get; }

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
        using var sockets = ListenerSet.Bind(settings.Listeners);
        CertificateStore? certificates = null;
        MtaNode? node = null;
        try
        {
            // what the configuration may be wrong about comes before anything that would have to be stopped again
            certificates = CertificateStore.Open(settings.Tls, settings.DataDir, settings.Hostname, clock, logging.CreateLogger("Mta.Tls"));
            node = new(settings, certificates, clock, logging);
            await node.Recovered.WaitAsync(StartLimit, clock).ConfigureAwait(false);
            node._listeners.Apply(settings.Listeners, sockets, settings.StopTimeout);
            node._suspensions.Start(domain => node._queues.Tell(new QueueProtocol.Resumed(domain), ActorRefs.NoSender));
            node._metrics = new(node.Queue, node.Spool, clock);
            node._collector = new(clock);
            node.IsReady = true;
            return node;
        }
        catch
        {
            if (node is not null) await node.DisposeAsync().ConfigureAwait(false);
            certificates?.Dispose();
            throw;
        }
    }

    /// <summary>The next hops of a domain by the routes in force; null where it has none, and mail goes by MX, or to mailboxes here where the domain is ours.</summary>
    public string? RouteOf(string domain) => _routes.Value.Describe(domain, _accounts.IsLocal(domain));

    /// <summary>What the listeners are doing, those for HTTP not among them.</summary>
    public Task<IReadOnlyList<ListenerView>> ListenersAsync(CancellationToken cancel) => _listeners.DescribeAsync(cancel);

    /// <summary>
    /// Puts new settings in force where that can be done while running, certificates and listeners included, and drops no connection but those of a
    /// listener that goes, which end in order. Throws <see cref="ConfigException"/> before anything is changed. One call at a time.
    /// </summary>
    public ReloadReport Reload(MtaSettings settings)
    {
        var old = _settings;
        Check(settings);
        using var sockets = _listeners.Prepare(settings.Listeners);
        Certificates.Reload(settings.Tls); // the last that may be wrong
        Renewal.Reload(settings.Tls.Acme);
        _queueSettings.Value = settings.Queue with { Partitions = old.Queue.Partitions };
        _deliverySettings.Value = settings.Delivery;
        _routes.Value = settings.Routes;
        Receiving.Value = Receiving.Value with { Settings = settings.Smtp, Policy = settings.RelayPolicy, Tls = Certificates.Choose(), Submission = settings.Submission };
        Fetching.Value = Fetching.Value with { Settings = settings.Pop3, Tls = Certificates.Choose() };
        Reading.Value = Reading.Value with { Settings = settings.Imap, Tls = Certificates.Choose() };
        _listeners.Apply(settings.Listeners, sockets, settings.StopTimeout);
        _settings = settings with { Hostname = old.Hostname, DataDir = old.DataDir, Spool = old.Spool, Accounts = old.Accounts };
        return new(
            [.. ConfigChanges.Between(old.File, settings.File).Where(path => !TakesRestart(path))],
            [.. ConfigChanges.Between(_startedWith, settings.File).Where(TakesRestart)]);

        bool TakesRestart(string path) => ConfigChanges.TakesRestart(path)
            || settings.Listeners.Concat(old.Listeners).Concat(ListenerSettings.All(_startedWith.Mta)).Any(l => l.Kind == ListenerKind.Http && (path == l.Section.Path || path.StartsWith(l.Section.Path + ".", StringComparison.Ordinal)));
    }

    private static void Check(MtaSettings settings)
    {
        SmtpServerContext.Check(settings.Listeners, settings.Submission, settings.Tls.HasCertificates);
        Pop3ServerContext.Check(settings.Listeners, settings.Pop3, settings.Tls.HasCertificates);
        ImapServerContext.Check(settings.Listeners, settings.Imap, settings.Tls.HasCertificates);
    }

    private Props Serve(ListenerSettings listener, ListenerLimits limits, Listener socket) => listener.Kind switch
    {
        ListenerKind.Pop3 or ListenerKind.Pop3s => Pop3ListenerActor.Props(Fetching, listener.Kind, limits, socket),
        ListenerKind.Imap or ListenerKind.Imaps => ImapListenerActor.Props(Reading, listener.Kind, limits, socket),
        _ => SmtpListenerActor.Props(Receiving, listener.Kind, limits, socket),
    };

    /// <summary>
    /// Stops in order: no new connections and 421 to the idle ones, then the deliveries under way, then the queue's last flush, then the
    /// spool. Bounded by <c>stop-timeout</c>; what is cut off is tried again at the next start.
    /// </summary>
    public async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        IsReady = false;
        _suspensions.Dispose();
        _metrics?.Dispose();
        _collector?.Dispose();
        var (limit, slack) = (_settings.StopTimeout, TimeSpan.FromSeconds(10));
        await Renewal.DisposeAsync().ConfigureAwait(false);
        await _listeners.StopAsync(limit).ConfigureAwait(false);
        await Stop(Domains, limit + slack, new DomainProtocol.Drain(limit)).ConfigureAwait(false);
        await Stop(_queues, slack, QueueProtocol.Stop.Instance).ConfigureAwait(false);
        await _system.Terminate().ConfigureAwait(false);
        await Spool.DisposeAsync().ConfigureAwait(false);
        _mail.Dispose();
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
