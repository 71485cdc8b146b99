using Akka.Actor;
using Microsoft.Extensions.Logging;
using Mta.Config;
using Mta.Net;

namespace Mta.Imap;

/// <summary>A listener at which IMAP is spoken: an <see cref="ImapConnectionActor"/> serves each connection.</summary>
internal sealed class ImapListenerActor : ListenerActor
{
    private readonly Live<ImapServerContext> _context;
    private readonly ListenerKind _kind;

    private ImapListenerActor(Live<ImapServerContext> context, ListenerKind kind, ListenerLimits limits, Listener listener) : base(limits, listener) =>
        (_context, _kind) = (context, kind);

    protected override ReadOnlySpan<byte> TooManyConnections => "* BYE [UNAVAILABLE] too many connections, try again later\r\n"u8;
    protected override ReadOnlySpan<byte> TooManyFromYou => "* BYE [UNAVAILABLE] too many connections from your address\r\n"u8;
    protected override TimeProvider Clock => _context.Value.Clock;
    protected override ILogger Log => _context.Value.Log;
    protected override double StressAbove => _context.Value.Settings.StressAbove;

    public static Props Props(Live<ImapServerContext> context, ListenerKind kind, ListenerLimits limits, Listener listener) =>
        Akka.Actor.Props.CreateBy(new Producer<ImapListenerActor>(() => new(context, kind, limits, listener)));

    protected override Props Serve(Connection connection, bool proxied)
    {
        var context = _context.Value;
        return Akka.Actor.Props.CreateBy(new Producer<ImapConnectionActor>(() => new(context, connection, _kind, proxied, Stress)));
    }

    protected override void CountRefused() => ImapMetrics.ConnectionsRefused.Add(1);
}
