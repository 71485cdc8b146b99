using Microsoft.Extensions.Logging;

namespace Mta.Tls;

/// <summary>The log lines about certificates. Never a key.</summary>
internal static partial class TlsLog
{
    [LoggerMessage(1, LogLevel.Information, "certificate in use source={Source} hosts={Hosts} issuer=\"{Issuer}\" expires={Expires:u} file={File}")]
    public static partial void InUse(ILogger log, string source, string hosts, string issuer, DateTimeOffset expires, string file);

    [LoggerMessage(2, LogLevel.Error, "certificate {File} cannot be used, the one before stays in force: {Problem}")]
    public static partial void Broken(ILogger log, string file, string problem);

    [LoggerMessage(3, LogLevel.Warning, "certificate {File} is not valid now: from {From:u} to {To:u}")]
    public static partial void NotValid(ILogger log, string file, DateTimeOffset from, DateTimeOffset to);

    [LoggerMessage(4, LogLevel.Error, "certificate {File} cannot be made: {Problem}")]
    public static partial void CannotMake(ILogger log, string file, string problem);
}
