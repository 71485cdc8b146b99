using System.Net;
using Microsoft.Extensions.Logging;

namespace Mta.Net;

/// <summary>What a listener writes to the log, in the category of its protocol.</summary>
internal static partial class ListenerLog
{
    [LoggerMessage(6, LogLevel.Warning, "cannot accept connections on {Local}, will try again in {Pause}: {Reason}")]
    public static partial void CannotAccept(ILogger log, IPEndPoint local, TimeSpan pause, string reason);

    [LoggerMessage(7, LogLevel.Information, "turned-away client={Client} reply=\"{Reply}\"")]
    public static partial void TurnedAway(ILogger log, IPAddress client, string reply);

    [LoggerMessage(8, LogLevel.Warning, "stress {What} on {Local} with {Connections} connections")]
    public static partial void Stressed(ILogger log, IPEndPoint local, string what, int connections);
}
