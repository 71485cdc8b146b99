using System.Globalization;

namespace Mta.Queue;

/// <summary>
/// The waits between attempts, written <c>1m, 5m*2, 15m, 1h*3, 4h*</c>: after the first attempt a minute, then twice five, and so on;
/// the last one repeats, with or without its star.
/// </summary>
public sealed class RetrySchedule
{
    private const int MaxSteps = 1000;
    private readonly TimeSpan[] _waits;

    private RetrySchedule(TimeSpan[] waits) => _waits = waits;

    /// <summary>The wait after attempt number <paramref name="attempts"/> (1 is the first).</summary>
    public TimeSpan After(int attempts) => _waits[Math.Clamp(attempts - 1, 0, _waits.Length - 1)];

    /// <summary>Throws <see cref="FormatException"/> with what is wrong.</summary>
    public static RetrySchedule Parse(string text)
    {
        var waits = new List<TimeSpan>();
        string[] steps = text.Split(',', StringSplitOptions.TrimEntries);
        for (int i = 0; i < steps.Length; i++)
        {
            string[] parts = steps[i].Split('*', StringSplitOptions.TrimEntries);
            if (parts.Length > 2) throw new FormatException($"\"{steps[i]}\" has more than one *");
            bool forever = parts.Length == 2 && parts[1].Length == 0;
            if (forever && i < steps.Length - 1) throw new FormatException($"\"{steps[i]}\" repeats for ever, so nothing can follow it");
            int times = parts.Length == 1 || forever ? 1
                : int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n is > 0 and <= MaxSteps ? n
                : throw new FormatException($"\"{steps[i]}\" wants a number from 1 to {MaxSteps} behind the *");
            waits.AddRange(Enumerable.Repeat(Duration(parts[0]), times));
            if (waits.Count > MaxSteps) throw new FormatException($"more than {MaxSteps} steps");
        }
        return new([.. waits]);
    }

    private static TimeSpan Duration(string text)
    {
        int unit = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (unit <= 0 || !int.TryParse(text.AsSpan(0, unit), NumberStyles.None, CultureInfo.InvariantCulture, out int n) || n == 0)
            throw new FormatException($"\"{text}\" is not a time such as 30s, 5m, 4h or 1d");
        return text[unit..].Trim() switch
        {
            "s" => TimeSpan.FromSeconds(n),
            "m" => TimeSpan.FromMinutes(n),
            "h" => TimeSpan.FromHours(n),
            "d" => TimeSpan.FromDays(n),
            _ => throw new FormatException($"\"{text}\" is not a time such as 30s, 5m, 4h or 1d"),
        };
    }
}
