using System.Globalization;

namespace Mta.Load;

/// <summary>
/// A condition under which a run counts as failed: <c>p99&gt;200ms</c>, <c>rcpt.p95&gt;50ms</c>, <c>errors&gt;0.1%</c>, <c>rate&lt;500</c>,
/// <c>failed&gt;0</c>; where a sink was asked, <c>lost&gt;0</c>, <c>doubled&gt;0</c>, <c>arrival.p99&gt;2s</c>. Latencies are of whole messages unless a stage is named.
/// </summary>
public sealed class Threshold
{
    private static readonly string[] Operators = [">=", "<=", ">", "<"];
    private readonly Func<LoadResult, double?> _measure;
    private readonly string _operator;
    private readonly double _limit;
    private readonly Func<double, string> _format;

    private Threshold(string text, Func<LoadResult, double?> measure, string op, double limit, Func<double, string> format) =>
        (Text, _measure, _operator, _limit, _format) = (text, measure, op, limit, format);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a condition; a <see cref="FormatException"/> if it is none.</summary>
    public static Threshold Parse(string text)
    {
        string op = Operators.FirstOrDefault(o => text.Contains(o, StringComparison.Ordinal)) ?? throw Bad(text);
        if (text.Split(op) is not [var left, var right]) throw Bad(text);
        string name = left.Trim(), limit = right.Trim();
        return name switch
        {
            "errors" => new(text, r => r.ErrorRate * 100, op, Number(text, limit, "%"), v => Invariant($"{v:0.###} %")),
            "rate" => new(text, r => r.Rate, op, Number(text, limit, ""), v => Invariant($"{v:0.#} messages/s")),
            "failed" => new(text, r => r.Counts.Failed, op, Number(text, limit, ""), v => Invariant($"{v:0} messages")),
            "lost" => new(text, r => r.Arrived?.Lost, op, Number(text, limit, ""), v => Invariant($"{v:0} messages")),
            "doubled" => new(text, r => r.Arrived?.Doubled, op, Number(text, limit, ""), v => Invariant($"{v:0} deliveries")),
            ['a', 'r', 'r', 'i', 'v', 'a', 'l', '.', .. var figure] => new(text, Arrival(text, figure), op, Milliseconds(text, limit), v => Invariant($"{v:0.###} ms")),
            _ => new(text, Latency(text, name), op, Milliseconds(text, limit), v => Invariant($"{v:0.###} ms")),
        };
    }

    /// <summary>Null where the run passes; else what was measured, or that nothing was.</summary>
    public string? Fails(LoadResult result)
    {
        if (_measure(result) is not { } value) return "not measured";
        bool fails = _operator switch { ">" => value > _limit, ">=" => value >= _limit, "<" => value < _limit, _ => value <= _limit };
        return fails ? _format(value) : null;
    }

    private static Func<LoadResult, double?> Arrival(string text, string figure) => figure switch
    {
        "p50" => r => r.Arrived?.Latency?.P50,
        "p90" => r => r.Arrived?.Latency?.P90,
        "p99" => r => r.Arrived?.Latency?.P99,
        "p99.9" => r => r.Arrived?.Latency?.P999,
        "max" => r => r.Arrived?.Latency?.Max,
        _ => throw Bad(text),
    };

    private static Func<LoadResult, double?> Latency(string text, string name)
    {
        var (stage, figure) = name.Split('.', 2) switch
        {
            // a number would be taken for a stage too
            [[>= 'a' and <= 'z', ..] first, var rest] when Enum.TryParse<Stage>(first, ignoreCase: true, out var named) => (named, rest),
            _ => (Stage.Message, name),
        };
        Func<StageLatency, double> value = figure switch
        {
            "mean" => l => l.Mean,
            "p50" => l => l.P50,
            "p90" => l => l.P90,
            "p95" => l => l.P95,
            "p99" => l => l.P99,
            "p99.9" => l => l.P999,
            "max" => l => l.Max,
            _ => throw Bad(text),
        };
        return r => value(r.Stages[(int)stage]);
    }

    private static double Milliseconds(string text, string limit) =>
        limit is [.., 's' or 'm'] ? Units.Duration(limit).TotalMilliseconds : throw new FormatException($"\"{text}\": a latency needs a unit, such as 200ms");

    private static double Number(string text, string limit, string unit) =>
        limit.EndsWith(unit, StringComparison.Ordinal)
        && double.TryParse(limit.AsSpan(0, limit.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw Bad(text);

    private static FormatException Bad(string text) =>
        new($"\"{text}\" is not a condition such as p99>200ms, rcpt.p95>50ms, errors>0.1%, rate<500, failed>0, or with --sink lost>0, doubled>0, arrival.p99>2s");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
