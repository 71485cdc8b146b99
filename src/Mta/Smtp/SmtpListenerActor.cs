using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Mta.Config;
using Mta.Net;

namespace Mta.Smtp;

/// <summary>
/// Takes the connections of one listening socket, within the limits, and starts a <see cref="SmtpConnectionActor"/> for each. What cannot be
/// served is told so with one line and closed. Stops when it was drained and the last connection is gone.
/// </summary>
public sealed class SmtpListenerActor : UntypedActor
{
    // long enough not to spin, short enough that nobody notices once file descriptors are free again
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private static ReadOnlySpan<byte> TooManyConnections => "421 4.3.2 too many connections, try again later\r\n"u8;
    private static ReadOnlySpan<byte> TooManyFromYou => "421 4.7.0 too many connections from your address\r\n"u8;

    private readonly Live<SmtpServerContext> _context;
    private readonly Listener _listener;
    private readonly Dictionary<IActorRef, IPAddress> _connections = [];
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly Stress _stress = new();
    private SmtpListenerSettings _settings;
    private ITimer? _pause;
    private bool _accepting, _draining;

    private SmtpListenerActor(Live<SmtpServerContext> context, SmtpListenerSettings settings, Listener listener)
    {
        _context = context;
        _settings = settings;
        _listener = listener;
    }

    private sealed record Resume : Akka.Event.IDeadLetterSuppression
    {
        public static readonly Resume Instance = new();
    }

    /// <param name="context">A connection keeps what is in force when it begins.</param>
    /// <param name="listener">Bound by the caller, so that an address in use is an error at start-up; closed by the actor.</param>
    public static Props Props(Live<SmtpServerContext> context, SmtpListenerSettings settings, Listener listener) =>
        Akka.Actor.Props.CreateBy(new Producer<SmtpListenerActor>(() => new(context, settings, listener)));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart() => Accept();

    protected override void PostStop()
    {
        _pause?.Dispose();
        _listener.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NetProtocol.Accepted accepted:
                _accepting = false;
                Admit(accepted.Socket);
                Accept();
                break;
            case NetProtocol.AcceptFailed failed:
                _accepting = false;
                if (!_draining) WaitAndAccept(failed.Reason);
                StopWhenEmpty();
                break;
            case Resume:
                Accept();
                break;
            case Terminated terminated:
                Forget(terminated.ActorRef);
                StopWhenEmpty();
                break;
            case SmtpProtocol.Drain drain:
                _draining = true;
                _listener.Dispose();
                foreach (var connection in _connections.Keys) connection.Tell(drain);
                StopWhenEmpty();
                break;
            case SmtpProtocol.Configure configure:
                _settings = configure.Settings;
                if (!_draining) _listener.Listen(_settings.Backlog);
                Weigh();
                break;
            case SmtpProtocol.Describe:
                Sender.Tell(new SmtpProtocol.ListenerStatus(_listener.Local, _connections.Count, IsPaused: !_accepting, _stress.IsOn));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Accept()
    {
        if (_draining || _accepting) return;
        _accepting = true;
        _listener.Accept(Self);
    }

    /// <summary>Out of file descriptors or memory: clients wait in the backlog until some connection has closed.</summary>
    private void WaitAndAccept(string reason)
    {
        MailLog.CannotAccept(_context.Value.Log, _listener.Local, Pause, reason);
        _pause ??= _context.Value.Clock.CreateTimer(static self => ((IActorRef)self!).Tell(Resume.Instance, ActorRefs.NoSender), Self,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _pause.Change(Pause, Timeout.InfiniteTimeSpan);
    }

    private void Admit(Socket socket)
    {
        Connection connection;
        try
        {
            connection = new(socket);
        }
        catch (SocketException) // it has gone already
        {
            socket.Dispose();
            return;
        }
        var client = connection.Remote.Address;
        bool proxied = _settings.Proxies.Any(proxy => proxy.Contains(client));
        var network = Network(client);
        int fromThere = _perAddress.GetValueOrDefault(network);
        if (_draining || _connections.Count >= _settings.MaxConnections) TurnAway(socket, connection, TooManyConnections);
        // all that a proxy lets through has its address
        else if (!proxied && fromThere >= _settings.MaxConnectionsPerAddress) TurnAway(socket, connection, TooManyFromYou);
        else
        {
            var context = _context.Value;
            var child = Context.ActorOf(Akka.Actor.Props.CreateBy(new Producer<SmtpConnectionActor>(() => new(context, connection, _settings.Kind, proxied, _stress))));
            Context.Watch(child);
            _connections.Add(child, network);
            _perAddress[network] = fromThere + 1;
            Weigh();
        }
    }

    /// <summary>What the limit per address counts: an IPv4 address, or the /64 that one IPv6 host can choose its addresses from.</summary>
    private static IPAddress Network(IPAddress client)
    {
        if (client.AddressFamily != AddressFamily.InterNetworkV6) return client;
        Span<byte> octets = stackalloc byte[16];
        client.TryWriteBytes(octets, out _);
        octets[8..].Clear();
        return new(octets);
    }

    private void TurnAway(Socket socket, Connection connection, ReadOnlySpan<byte> reply)
    {
        SmtpMetrics.ConnectionsRefused.Add(1);
        MailLog.TurnedAway(_context.Value.Log, connection.Remote.Address, System.Text.Encoding.ASCII.GetString(reply).TrimEnd());
        try
        {
            socket.Blocking = false; // a fresh connection takes one line, or nothing
            socket.Send(reply, SocketFlags.None, out _);
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // it did not wait
        }
        connection.Dispose();
    }

    private void Forget(IActorRef connection)
    {
        if (!_connections.Remove(connection, out var network)) return;
        int left = _perAddress[network] - 1;
        if (left == 0) _perAddress.Remove(network);
        else _perAddress[network] = left;
        Weigh();
    }

    private void Weigh()
    {
        if (!_stress.Weigh(_connections.Count, _settings.MaxConnections, _context.Value.Settings.StressAbove)) return;
        MailLog.Stressed(_context.Value.Log, _listener.Local, _stress.IsOn ? "begins" : "ends", _connections.Count);
        if (!_stress.IsOn) return;
        foreach (var connection in _connections.Keys) connection.Tell(SmtpProtocol.Hurry.Instance);
    }

    private void StopWhenEmpty()
    {
        if (_draining && !_accepting && _connections.Count == 0) Context.Stop(Self);
    }
}
