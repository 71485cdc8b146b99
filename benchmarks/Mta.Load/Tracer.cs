using System.Globalization;
using Mta.Protocol.Text;

namespace Mta.Load;

/// <summary>
/// The id that every load message carries in the header field <c>X-Mta-Load</c>, so that a sink can tell what was lost, doubled or
/// reordered, and how long it took: <c>run-connection-sequence-microseconds</c>, decimal; the time is since the Unix epoch.
/// </summary>
/// <param name="Run">Chosen at random once for each run of the generator.</param>
/// <param name="Connection">Which of the run's sessions sent it.</param>
/// <param name="Sequence">1, 2, 3… over the whole run, without gaps.</param>
public readonly record struct Tracer(uint Run, int Connection, long Sequence, long SentMicroseconds)
{
    public const string Field = "X-Mta-Load";

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Run}-{Connection}-{Sequence}-{SentMicroseconds}");

    /// <summary>Writes the field's value.</summary>
    internal void Write(ref SpanWriter writer)
    {
        writer.Write(Run);
        writer.WriteByte((byte)'-');
        writer.Write(Connection);
        writer.WriteByte((byte)'-');
        writer.Write(Sequence);
        writer.WriteByte((byte)'-');
        writer.Write(SentMicroseconds);
    }

    /// <summary>Reads the field's value.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Tracer tracer)
    {
        tracer = default;
        Span<Range> parts = stackalloc Range[5];
        if (text.Trim().Split(parts, '-') != 4) return false;
        text = text.Trim();
        if (!uint.TryParse(text[parts[0]], NumberStyles.None, CultureInfo.InvariantCulture, out uint run)
            || !int.TryParse(text[parts[1]], NumberStyles.None, CultureInfo.InvariantCulture, out int connection)
            || !long.TryParse(text[parts[2]], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            || !long.TryParse(text[parts[3]], NumberStyles.None, CultureInfo.InvariantCulture, out long sent)) return false;
        tracer = new(run, connection, sequence, sent);
        return true;
    }
}
