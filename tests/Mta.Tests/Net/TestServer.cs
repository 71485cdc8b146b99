using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Mta.Config;
using Mta.Net;
using Mta.Testing;

namespace Mta.Tests.Net;

/// <summary>
/// A listener with all that belongs to it, on a loopback port of its own. At the end it must not have caused dead letters, unhandled messages or
/// logged errors, and all its connections must be gone.
/// </summary>
internal abstract class TestServer : IAsyncDisposable
{
    /// <summary>A certificate of its own making.</summary>
    public static readonly X509Certificate2 TlsCertificate = Certificate();

    /// <summary>What a server under TLS needs.</summary>
    public static readonly ServerOptionsSelectionCallback Tls = (_, _, _, _) => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificate = TlsCertificate });

    private readonly ConcurrentQueue<object> _complaints = new();
    private IActorRef _listener = ActorRefs.Nobody;

    /// <param name="listener">What is not as in <c>mta.listener-defaults</c>.</param>
    protected TestServer(string listener)
    {
        Actors = ActorSystem.Create("test", "akka.loglevel = WARNING\nakka.stdout-loglevel = OFF\nakka.loggers = []\nakka.log-dead-letters = off");
        Observer = Actors.ActorOf(Props.Create(() => new Watcher(Observe, _complaints)));
        foreach (var complaint in new[] { typeof(AllDeadLetters), typeof(UnhandledMessage), typeof(Akka.Event.Error), typeof(Akka.Event.Warning) })
            Actors.EventStream.Subscribe(Observer, complaint);
        Limits = ListenerLimits.From(Section("mta.listener-defaults", listener));
        Socket = Listener.Bind(new(IPAddress.Loopback, 0), Limits.Backlog);
        Local = Socket.Local;
    }

    protected ActorSystem Actors { get; }

    /// <summary>Hears what is told to it, see <see cref="Observe"/>.</summary>
    protected IActorRef Observer { get; }
    protected ListenerLimits Limits { get; }
    protected Listener Socket { get; }

    public IPEndPoint Local { get; }

    protected void Listen(Props listener) => _listener = Actors.ActorOf(listener);

    /// <summary>Whether what the observer was told is as it should be.</summary>
    protected virtual bool Observe(object message) => false;

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

    public virtual async ValueTask DisposeAsync()
    {
        Drain(TimeSpan.Zero);
        await StoppedAsync();
        await Actors.Terminate();
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

    private sealed class Watcher(Func<object, bool> observe, ConcurrentQueue<object> complaints) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is not AllDeadLetters { Message: IDeadLetterSuppression } && !observe(message)) complaints.Enqueue(message);
        }
    }
}
