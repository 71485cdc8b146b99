using Microsoft.Extensions.Logging;

namespace Mta.Tls.Acme;

/// <summary>The log lines about orders. Never a key or a token.</summary>
internal static partial class AcmeLog
{
    [LoggerMessage(1, LogLevel.Information, "acme order host={Host} directory={Directory}")]
    public static partial void Ordering(ILogger log, string host, Uri directory);

    [LoggerMessage(2, LogLevel.Information, "acme issued host={Host} expires={Expires:u} next={Next:u}")]
    public static partial void Issued(ILogger log, string host, DateTimeOffset expires, DateTimeOffset next);

    [LoggerMessage(3, LogLevel.Error, "acme failed host={Host} next={Next:u}: {Problem}")]
    public static partial void Failed(ILogger log, string host, DateTimeOffset next, string problem);
}
