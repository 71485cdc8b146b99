using Akka.Actor;
using Microsoft.Extensions.Logging;
using Mta.Config;
using Mta.Net;

namespace Mta.Pop3;

/// <summary>A listener at which POP3 is spoken: a <see cref="Pop3ConnectionActor"/> serves each connection.</summary>
internal sealed class Pop3ListenerActor : ListenerActor
{
    private readonly Live<Pop3ServerContext> _context;
    private readonly ListenerKind _kind;

    private Pop3ListenerActor(Live<Pop3ServerContext> context, ListenerKind kind, ListenerLimits limits, Listener listener) : base(limits, listener) =>
        (_context, _kind) = (context, kind);

    protected override ReadOnlySpan<byte> TooManyConnections => "-ERR [SYS/TEMP] too many connections, try again later\r\n"u8;
    protected override ReadOnlySpan<byte> TooManyFromYou => "-ERR [SYS/TEMP] too many connections from your address\r\n"u8;
    protected override TimeProvider Clock => _context.Value.Clock;
    protected override ILogger Log => _context.Value.Log;
    protected override double StressAbove => _context.Value.Settings.StressAbove;

    public static Props Props(Live<Pop3ServerContext> context, ListenerKind kind, ListenerLimits limits, Listener listener) =>
        Akka.Actor.Props.CreateBy(new Producer<Pop3ListenerActor>(() => new(context, kind, limits, listener)));

    protected override Props Serve(Connection connection, bool proxied)
    {
        var context = _context.Value;
        return Akka.Actor.Props.CreateBy(new Producer<Pop3ConnectionActor>(() => new(context, connection, _kind, proxied, Stress)));
    }

    protected override void CountRefused() => Pop3Metrics.ConnectionsRefused.Add(1);
}
