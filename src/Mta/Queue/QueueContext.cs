using Akka.Actor;
using Microsoft.Extensions.Logging;
using Mta.Config;
using Mta.Domains;
using Mta.Mail;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>What every partition is given.</summary>
public sealed record QueueContext(
    ISpool Spool, IActorRef Domains, Live<QueueSettings> Settings, string Hostname, MessageIdSource Ids, TimeProvider Clock, ILogger Logger)
{
    /// <summary>Where nothing is to be sent; null: mail goes everywhere.</summary>
    public DomainSuspensions? Suspensions { get; init; }
}
