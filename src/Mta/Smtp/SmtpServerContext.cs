using System.Net.Security;
using Microsoft.Extensions.Logging;
using Mta.Mail;
using Mta.Spool;

namespace Mta.Smtp;

/// <summary>What all connections share.</summary>
public sealed record SmtpServerContext
{
    public required SmtpSettings Settings { get; init; }
    public required ISpool Spool { get; init; }

    /// <summary>Partitions of the queue; a message goes to the one with its id modulo this.</summary>
    public required int Partitions { get; init; }
    public required MessageIdSource Ids { get; init; }
    public required IRelayPolicy Policy { get; init; }
    public required TimeProvider Clock { get; init; }
    public required ILogger Log { get; init; }

    /// <summary>Chooses the certificate of a handshake; null where STARTTLS is not offered.</summary>
    public required ServerOptionsSelectionCallback? Tls { get; init; }
}
