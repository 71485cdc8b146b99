using System.Globalization;

namespace Mta.Load;

/// <summary>How durations and sizes are written on the command line. What cannot be read is a <see cref="FormatException"/> that says why.</summary>
public static class Units
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary><c>200ms</c>, <c>30s</c>, <c>1.5m</c>, <c>2h</c>; a number alone is seconds. More than nothing, at most 7 days.</summary>
    public static TimeSpan Duration(string text)
    {
        var (value, unit) = Split(text);
        double seconds = unit switch { "ms" => value / 1000, "s" or "" => value, "m" => value * 60, "h" => value * 3600, _ => double.NaN };
        return seconds > 0 && seconds <= Longest.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new FormatException($"\"{text}\" is not a duration such as 200ms, 30s, 5m or 1h (at most 7 days)");
    }

    /// <summary><c>4096</c>, <c>4KiB</c>, <c>1MiB</c>, <c>64kB</c> (64,000); at most 1 GiB.</summary>
    public static long Octets(string text)
    {
        var (value, unit) = Split(text);
        double octets = value * unit switch { "" or "B" => 1, "kB" or "KB" => 1e3, "MB" => 1e6, "K" or "KiB" => 1024, "M" or "MiB" => 1048576, _ => double.NaN };
        return octets is >= 1 and <= 1 << 30
            ? (long)octets
            : throw new FormatException($"\"{text}\" is not a size such as 4096, 4KiB or 1MiB (at most 1024MiB)");
    }

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static long Number(string text, long least, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"\"{text}\" is not a whole number from {least} to {most}"));

    private static (double Value, string Unit) Split(string text)
    {
        int end = text.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
        return double.TryParse(text.AsSpan(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            ? (value, text[end..])
            : (double.NaN, "");
    }
}
