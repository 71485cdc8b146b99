using Microsoft.Extensions.Logging.Console;
using Mta.Config;

namespace Mta.Server.Logging;

/// <summary>The log goes to standard output: one line an event, as text or as JSON.</summary>
internal static class LogOutput
{
    public static ILoggerFactory Create(LogSettings settings) => LoggerFactory.Create(builder =>
    {
        builder.SetMinimumLevel(settings.Level);
        builder.AddFilter("Microsoft", LogLevel.Warning);
        if (settings.Format == Config.LogFormat.Json)
            builder.AddJsonConsole(o =>
            {
                o.UseUtcTimestamp = true;
                o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        else
            builder.AddConsole(o => o.FormatterName = TextLine.FormatterName).AddConsoleFormatter<TextLine, ConsoleFormatterOptions>();
    });
}
