using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Mta.Config;
using Mta.Net;

namespace Mta;

/// <summary>The listeners for mail of a node. They change while it runs: what stays keeps its connections, and what goes lets its own end.</summary>
/// <param name="serve">Makes the <see cref="ListenerActor"/> for what a listener speaks.</param>
internal sealed class ListenerSet(ActorSystem system, Func<ListenerSettings, ListenerLimits, Listener, Props> serve)
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(5), Slack = TimeSpan.FromSeconds(10);
    private readonly List<Task> _leaving = [];
    private ImmutableArray<Running> _running = [];
    private int _started;

    /// <summary>Binds all; throws <see cref="SocketException"/> where one cannot be, and then none is.</summary>
    public static Sockets Bind(IEnumerable<ListenerSettings> listeners)
    {
        var sockets = new Sockets();
        try
        {
            foreach (var listener in listeners.Where(l => l.Kind != ListenerKind.Http)) sockets.Bind(listener);
            return sockets;
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Binds what is new among these. Throws <see cref="ConfigException"/> where that cannot be done; nothing has changed then. What a running listener
    /// has bound cannot be bound once more, so one that changes its address or its kind and keeps its port takes a restart.
    /// </summary>
    public Sockets Prepare(IEnumerable<ListenerSettings> listeners)
    {
        var sockets = new Sockets();
        foreach (var listener in listeners.Where(l => l.Kind != ListenerKind.Http && Find(l) is null))
        {
            try
            {
                sockets.Bind(listener);
            }
            catch (SocketException e)
            {
                sockets.Dispose();
                throw new ConfigException(listener.Section.Path, $"cannot listen on {listener.EndPoint}: {e.Message}");
            }
        }
        return sockets;
    }

    /// <summary>Starts what was bound, gives the others among these what is new about them, and lets the rest end within <paramref name="grace"/>.</summary>
    public void Apply(IReadOnlyList<ListenerSettings> listeners, Sockets bound, TimeSpan grace)
    {
        var running = ImmutableArray.CreateBuilder<Running>();
        foreach (var listener in listeners.Where(l => l.Kind != ListenerKind.Http))
        {
            var limits = ListenerLimits.From(listener.Section);
            var actor = Find(listener)?.Actor;
            if (actor is not null) actor.Tell(new ListenerProtocol.Configure(limits));
            else actor = system.ActorOf(serve(listener, limits, bound.Take(listener)), $"listener-{listener.Name}-{++_started}");
            running.Add(new(listener.Name, listener.Kind, listener.EndPoint, actor));
        }
        var leaving = _running.Where(old => !running.Any(r => r.Actor.Equals(old.Actor))).ToArray();
        _running = running.DrainToImmutable();
        _leaving.RemoveAll(task => task.IsCompleted);
        foreach (var old in leaving) _leaving.Add(StopAsync(old.Actor, grace));
    }

    /// <summary>What each is doing; without those that do not answer in time.</summary>
    public async Task<IReadOnlyList<ListenerView>> DescribeAsync(CancellationToken cancel)
    {
        var views = await Task.WhenAll(_running.Select(async l =>
        {
            try
            {
                var status = await l.Actor.Ask<ListenerProtocol.ListenerStatus>(ListenerProtocol.Describe.Instance, AskLimit, cancel).ConfigureAwait(false);
                return new ListenerView(l.Name, l.Kind, status.Local.ToString(), status.Connections, status.IsPaused, status.IsStressed);
            }
            catch (AskTimeoutException)
            {
                return null;
            }
        })).ConfigureAwait(false);
        return [.. views.OfType<ListenerView>()];
    }

    /// <summary>No new connections, 421 to the idle ones, and <paramref name="grace"/> for the others.</summary>
    public Task StopAsync(TimeSpan grace) => Task.WhenAll([.. _leaving, .. _running.Select(l => StopAsync(l.Actor, grace))]);

    private Running? Find(ListenerSettings listener) => _running.FirstOrDefault(r => r.Name == listener.Name && r.Kind == listener.Kind && r.EndPoint.Equals(listener.EndPoint));

    private static async Task StopAsync(IActorRef listener, TimeSpan grace)
    {
        try
        {
            await listener.GracefulStop(grace + Slack, new ListenerProtocol.Drain(grace)).ConfigureAwait(false);
        }
        catch (TaskCanceledException)
        {
            // it did not end in time: the rest goes on all the same
        }
    }

    private sealed record Running(string Name, ListenerKind Kind, IPEndPoint EndPoint, IActorRef Actor);

    /// <summary>Bound, and not yet listened to; closes what nobody has taken.</summary>
    internal sealed class Sockets : IDisposable
    {
        private readonly Dictionary<string, Listener> _byName = [];

        public void Bind(ListenerSettings listener) =>
            _byName.Add(listener.Name, Listener.Bind(listener.EndPoint, ListenerLimits.From(listener.Section).Backlog));

        public Listener Take(ListenerSettings listener) => _byName.Remove(listener.Name, out var socket) ? socket : throw new InvalidOperationException($"{listener.Name} was not bound");

        public void Dispose()
        {
            foreach (var socket in _byName.Values) socket.Dispose();
            _byName.Clear();
        }
    }
}

/// <summary>A listener and its connections now.</summary>
/// <param name="IsPaused">It takes no connections for the moment: there are no file descriptors left.</param>
/// <param name="IsStressed">It has so many that it hurries them.</param>
public sealed record ListenerView(string Name, ListenerKind Kind, string Address, int Connections, bool IsPaused, bool IsStressed);
