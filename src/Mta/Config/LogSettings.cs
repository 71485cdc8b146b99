using Microsoft.Extensions.Logging;

namespace Mta.Config;

/// <summary><c>mta.log</c></summary>
public sealed record LogSettings(LogLevel Level, LogFormat Format)
{
    public static LogSettings From(ConfigSection section) => new(section.Enum<LogLevel>("level"), section.Enum<LogFormat>("format"));
}

/// <summary>How a log line is written.</summary>
public enum LogFormat : byte { Text, Json }
