using System.Collections.Immutable;
using System.Globalization;

namespace Mta.Load;

/// <summary>A stretch of time in which messages start at a rate that goes evenly from one value to another, in messages a second.</summary>
public readonly record struct ArrivalStage(TimeSpan Length, double From, double To)
{
    /// <summary>How many messages start in it; not a whole number.</summary>
    public double Arrivals => Length.TotalSeconds * (From + To) / 2;

    /// <summary>How long after its begin so many messages have started.</summary>
    public TimeSpan At(double arrivals)
    {
        // arrivals = From * t + slope * t² / 2, in the form that does not divide by a slope of nothing
        double slope = (To - From) / Length.TotalSeconds;
        double root = Math.Sqrt(Math.Max(0, From * From + 2 * slope * arrivals));
        return TimeSpan.FromSeconds(arrivals <= 0 ? 0 : 2 * arrivals / (From + root));
    }
}

/// <summary>
/// The open model: when each message of a run is meant to start, whatever became of those before it. Latency counts from here, so
/// that a server which stalls is charged for every message that it kept waiting, not only for the one it was busy with.
/// </summary>
public sealed record ArrivalSchedule(ImmutableArray<ArrivalStage> Stages)
{
    /// <summary>Messages a second, at most.</summary>
    public const double MaxRate = 1_000_000;

    /// <summary>All stages together.</summary>
    public TimeSpan Length => Stages.Aggregate(TimeSpan.Zero, (sum, s) => sum + s.Length);

    /// <summary>One rate, until so much time has passed.</summary>
    public static ArrivalSchedule Constant(double rate, TimeSpan length) => new([new ArrivalStage(length, rate, rate)]);

    /// <summary>Reads <c>30s:100,1m:1000</c>, or <c>1m:100-1000</c> for a ramp.</summary>
    public static ArrivalSchedule Parse(string text) => new([.. text.Split(',').Select(ParseStage)]);

    /// <summary>Reads messages a second.</summary>
    public static double Rate(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double rate) && rate <= MaxRate
            ? rate
            : throw new FormatException($"\"{text}\" is not a rate from 0 to 1000000 messages a second");

    /// <summary>When the message with this number, from 0, is to start; null when the schedule is over before it.</summary>
    public TimeSpan? At(long number)
    {
        double left = number;
        var begin = TimeSpan.Zero;
        foreach (var stage in Stages)
        {
            // a message that would start just as the stage ends belongs to the next
            if (left < stage.Arrivals - 1e-6) return begin + stage.At(left);
            left = Math.Max(0, left - stage.Arrivals);
            begin += stage.Length;
        }
        return null;
    }

    private static ArrivalStage ParseStage(string text)
    {
        if (text.Split(':') is not [var length, var rates]) throw new FormatException($"\"{text}\" is not a stage such as 30s:100 or 1m:100-1000");
        string[] ends = rates.Split('-', 2);
        return new(Units.Duration(length), Rate(ends[0]), Rate(ends[^1]));
    }
}
