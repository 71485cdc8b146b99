using System.Net;
using Akka.Event;
using Mta.Domains;
using Mta.Protocol.Smtp;

namespace Mta.Delivery;

/// <summary>
/// Between a site and its outgoing connections. A connection asks for work with <see cref="Free"/>, holds one job at a time, and
/// answers the queue for it. It never stops by itself: it says <see cref="Ended"/> and is stopped by its site behind the last
/// <see cref="Carry"/>, which it gives back, so that no job is lost between the two.
/// </summary>
public static class DeliveryProtocol
{
    /// <summary>To a connection: deliver this.</summary>
    public sealed record Carry(DeliveryJob Job);

    /// <summary>To a connection: take no more jobs, finish the present one, say QUIT.</summary>
    public sealed record Close
    {
        public static Close Instance { get; } = new();
    }

    /// <summary>To a connection: end now. What is not answered for is deferred, or returned where nothing was said of it.</summary>
    public sealed record Abandon
    {
        public static Abandon Instance { get; } = new();
    }

    /// <summary>From a connection: it is open and has no job.</summary>
    /// <param name="Jobs">How many it has carried; 0 the first time.</param>
    public sealed record Free(int Jobs);

    /// <summary>From a connection that cannot take this job: it was not tried, and belongs to the site again.</summary>
    public sealed record GaveBack(DeliveryJob Job) : IDeadLetterSuppression;

    /// <summary>From a connection: closed. <paramref name="Failure"/> is what went wrong with the host, or null where nothing did.</summary>
    public sealed record Ended(SmtpReply? Failure) : IDeadLetterSuppression;
}

/// <summary>Where a connection goes.</summary>
/// <param name="HostName">The name in the MX record or route: what the certificate is for.</param>
public sealed record DeliveryTarget(string HostName, IPEndPoint Address, SitePolicy Policy)
{
    /// <summary><c>mx.example [192.0.2.1]:25</c>, for logs and notifications.</summary>
    public string Display { get; } = $"{HostName} [{Address.Address}]:{Address.Port}";
}
