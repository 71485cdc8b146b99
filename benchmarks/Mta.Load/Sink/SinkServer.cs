using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Mta.Load.Dns;

namespace Mta.Load.Sink;

/// <summary>A receiver of mail that behaves as its profiles say, with a DNS stub for its domains.</summary>
public sealed class SinkServer : IAsyncDisposable
{
    private const int Backlog = 4096;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1), AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly SinkOptions _options;
    private readonly TimeProvider _clock;
    private readonly SinkContext _context;
    private readonly X509Certificate2? _certificate;
    private readonly List<Socket> _listeners = [];
    private readonly ConcurrentDictionary<SinkConnection, Task> _connections = [];
    private readonly List<Task> _loops = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly long _start;
    private readonly TimeSpan _startCpu = Environment.CpuUsage.TotalTime;
    private DnsServer? _dns;
    private long _accepted, _first, _last, _numbers;
    private int _open;

    private SinkServer(SinkOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        _start = clock.GetTimestamp();
        var providers = options.Profiles.Select(p => (new Provider(p.Profile, options.Seed, clock, options.Lmtp), p.Weight)).ToArray();
        var world = new World(providers, [.. options.Listen.Select(l => l.Address).Distinct()], options.Domains);
        if (options.Tls) _certificate = SelfSigned.Create(world.Hosts.Select(h => h.Name), clock);
        MailKeeper? keeper = options switch
        {
            { Maildir: { } folder } => new MaildirKeeper(folder),
            { Mbox: { } file } => new MboxKeeper(file),
            { Record: { } folder } => new RecordKeeper(folder),
            _ => null,
        };
        _context = new(options, world, options.Check ? new DeliveryCheck(clock) : null, keeper,
            options.ReturnTo is { } target ? new ReturnPost(target, clock) : null, _certificate is null ? null : SelfSigned.Options(_certificate), clock)
        {
            Accepted = OnAccepted,
        };
    }

    /// <summary>Where it listens, with the ports that the system chose.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. _listeners.Select(l => (IPEndPoint)l.LocalEndPoint!)];

    /// <summary>Where the DNS stub answers.</summary>
    public IPEndPoint? DnsEndPoint => _dns?.EndPoint;

    /// <summary>Messages accepted so far.</summary>
    public long Messages => Volatile.Read(ref _accepted);

    /// <summary>
    /// Makes each socket's continuation run on the thread that saw its readiness, of which there is one: no hand-off between threads for each
    /// step. It holds for the whole process, so only a program that is nothing but a sink calls it, before its first socket.
    /// </summary>
    public static void TuneProcess()
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1");
    }

    /// <summary>Starts; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> where an address or a file cannot be had.</summary>
    public static SinkServer Start(SinkOptions options, TimeProvider clock)
    {
        var sink = new SinkServer(options, clock);
        try
        {
            foreach (var endPoint in options.Listen) sink.Listen(endPoint);
            if (options.Dns is { } dns) sink._dns = DnsServer.Start(dns, new(sink._context.World, sink._certificate), clock);
        }
        catch
        {
            foreach (var listener in sink._listeners) listener.Dispose();
            throw;
        }
        foreach (var listener in sink._listeners) sink._loops.Add(sink.AcceptAsync(listener));
        sink._loops.Add(sink.TickAsync());
        return sink;
    }

    /// <summary>Completes when so many messages were accepted, or with cancellation.</summary>
    public async Task AcceptedAsync(long count, CancellationToken cancel)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20), _clock);
        while (Messages < count) await tick.WaitForNextTickAsync(cancel);
    }

    /// <summary>What was seen so far.</summary>
    public SinkSummary Summary()
    {
        ProviderSummary[] providers = [.. _context.World.Providers.Select(p => p.Counters.Summarize(p.Profile.Name, p.Profile.Description, _context.World.DomainsOf(p)))];
        long messages = providers.Sum(p => p.Messages);
        double active = _clock.GetElapsedTime(Volatile.Read(ref _first), Volatile.Read(ref _last)).TotalSeconds;
        return new()
        {
            Seconds = Math.Round(_clock.GetElapsedTime(_start).TotalSeconds, 3),
            Messages = messages,
            Recipients = providers.Sum(p => p.Recipients),
            Octets = providers.Sum(p => p.Octets),
            Rate = active > 0 ? Math.Round(messages / active, 1) : 0,
            Connections = Volatile.Read(ref _numbers),
            Open = Volatile.Read(ref _open),
            CpuMillisecondsPerMessage = messages == 0 ? 0 : Math.Round((Environment.CpuUsage.TotalTime - _startCpu).TotalMilliseconds / messages, 4),
            Providers = providers,
            Check = _context.Check?.Summarize(),
            Returns = _context.Returns?.Summarize(),
        };
    }

    /// <summary>What the ids of one run told; null where nothing of it came, or ids are not checked.</summary>
    public CheckSummary? Check(uint run) => _context.Check?.Summarize(run);

    /// <summary>Closes everything at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var listener in _listeners) listener.Dispose();
        if (_dns is not null) await _dns.DisposeAsync();
        await Task.WhenAll(_loops);
        foreach (var (connection, _) in _connections) connection.Dispose();
        await Task.WhenAll(_connections.Values);
        if (_context.Returns is not null) await _context.Returns.DisposeAsync();
        (_context.Keeper as IDisposable)?.Dispose();
        _certificate?.Dispose();
        _stop.Dispose();
    }

    private void Listen(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listeners.Add(socket);
        try
        {
            socket.Bind(endPoint);
            socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            throw new IOException($"cannot listen on {endPoint}: {e.Message}", e);
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Serve(await listener.AcceptAsync(_stop.Token));
            }
            catch (SocketException) when (!_stop.IsCancellationRequested)
            {
                // the client was gone again, or there is no file descriptor: others must end first
                await Task.Delay(AcceptPause, _clock);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async void Serve(Socket socket)
    {
        bool busy = Interlocked.Increment(ref _open) > _options.MaxConnections;
        SinkConnection connection;
        try
        {
            connection = new SinkConnection(_context, socket, Interlocked.Increment(ref _numbers));
        }
        catch (SocketException)
        {
            // gone before we asked who it is
            socket.Dispose();
            Interlocked.Decrement(ref _open);
            return;
        }
        var done = new TaskCompletionSource();
        _connections[connection] = done.Task;
        try
        {
            await connection.RunAsync(busy);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            Interlocked.Decrement(ref _open);
            done.SetResult();
        }
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(Tick, _clock);
        long before = _clock.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var interval = _clock.GetElapsedTime(before);
                before = _clock.GetTimestamp();
                foreach (var provider in _context.World.Providers) provider.Counters.Sample(interval);
                foreach (var (connection, _) in _connections)
                    if (connection.IsStale) connection.Dispose();
            }
        }
        catch (OperationCanceledException)
        {
            // stopping
        }
    }

    private void OnAccepted()
    {
        long now = _clock.GetTimestamp();
        if (Interlocked.Increment(ref _accepted) == 1) Volatile.Write(ref _first, now);
        Volatile.Write(ref _last, now);
    }
}
