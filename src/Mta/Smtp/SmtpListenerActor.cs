using Akka.Actor;
using Microsoft.Extensions.Logging;
using Mta.Config;
using Mta.Net;

namespace Mta.Smtp;

/// <summary>A listener at which SMTP is spoken, or LMTP: a <see cref="SmtpConnectionActor"/> serves each connection.</summary>
internal sealed class SmtpListenerActor : ListenerActor
{
    private readonly Live<SmtpServerContext> _context;
    private readonly ListenerKind _kind;

    private SmtpListenerActor(Live<SmtpServerContext> context, ListenerKind kind, ListenerLimits limits, Listener listener) : base(limits, listener) =>
        (_context, _kind) = (context, kind);

    protected override ReadOnlySpan<byte> TooManyConnections => "421 4.3.2 too many connections, try again later\r\n"u8;
    protected override ReadOnlySpan<byte> TooManyFromYou => "421 4.7.0 too many connections from your address\r\n"u8;
    protected override TimeProvider Clock => _context.Value.Clock;
    protected override ILogger Log => _context.Value.Log;
    protected override double StressAbove => _context.Value.Settings.StressAbove;

    public static Props Props(Live<SmtpServerContext> context, ListenerKind kind, ListenerLimits limits, Listener listener) =>
        Akka.Actor.Props.CreateBy(new Producer<SmtpListenerActor>(() => new(context, kind, limits, listener)));

    protected override Props Serve(Connection connection, bool proxied)
    {
        var context = _context.Value;
        return Akka.Actor.Props.CreateBy(new Producer<SmtpConnectionActor>(() => new(context, connection, _kind, proxied, Stress)));
    }

    protected override void CountRefused() => SmtpMetrics.ConnectionsRefused.Add(1);
}
