using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Mta.Server.Logging;

/// <summary><c>2026-11-23T01:35:55.123Z info message</c>: one line an event, whatever the text holds.</summary>
internal sealed class TextLine(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "mta-text";

    public TextLine() : this(TimeProvider.System) { }

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        Span<char> time = stackalloc char[32];
        clock.GetUtcNow().UtcDateTime.TryFormat(time, out int length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        textWriter.Write(time[..length]);
        textWriter.Write(logEntry.LogLevel switch
        {
            LogLevel.Trace => " trace ",
            LogLevel.Debug => " debug ",
            LogLevel.Information => " info ",
            LogLevel.Warning => " warn ",
            LogLevel.Error => " error ",
            _ => " critical ",
        });
        textWriter.Write(OneLine(logEntry.Formatter(logEntry.State, logEntry.Exception)));
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(" exception=");
            textWriter.Write(OneLine(exception.ToString()));
        }
        textWriter.Write('\n');
    }

    // what others said must not write a line of its own
    private static string OneLine(string text) => text.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0 ? text
        : string.Create(text.Length, text, static (line, text) =>
        {
            for (int i = 0; i < text.Length; i++) line[i] = text[i] < ' ' ? ' ' : text[i];
        });
}
