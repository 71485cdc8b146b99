using Microsoft.Extensions.Logging.Console;
using Mta.Config;

namespace Mta.Server.Logging;

/// <summary>The log goes to standard output: one line an event, as text or as JSON.</summary>
internal static class LogOutput
{
    public static ILoggerFactory Create(Config.LogFormat format, LogLevelSwitch level) => LoggerFactory.Create(builder =>
    {
        builder.AddFilter((_, asked) => asked >= level.Least);
        builder.AddFilter("Microsoft", asked => asked >= LogLevel.Warning && asked >= level.Least);
        if (format == Config.LogFormat.Json)
            builder.AddJsonConsole(o =>
            {
                o.UseUtcTimestamp = true;
                o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        else
            builder.AddConsole(o => o.FormatterName = TextLine.FormatterName).AddConsoleFormatter<TextLine, ConsoleFormatterOptions>();
    });
}
