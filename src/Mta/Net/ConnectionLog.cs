using System.Net;
using Microsoft.Extensions.Logging;

namespace Mta.Net;

/// <summary>What a connection writes to the log, in the category of its protocol.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(5, LogLevel.Debug, "disconnected reason=\"{Reason}\" client={Client}")]
    public static partial void Disconnected(ILogger log, string reason, IPAddress client);

    [LoggerMessage(11, LogLevel.Warning, "no answer from the accounts client={Client}: {Reason}")]
    public static partial void NoAnswer(ILogger log, IPAddress client, string reason);
}
