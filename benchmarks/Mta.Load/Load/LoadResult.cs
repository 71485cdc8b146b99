using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mta.Load.Sink;

namespace Mta.Load;

/// <summary>
/// What a latency is of. <see cref="Connect"/>: until the greeting, implicit TLS included. <see cref="Ehlo"/>: until the session is ready,
/// STARTTLS and AUTH included. <see cref="Wait"/>: in the open model, from when a message was meant to start until a session took it; what
/// is more than 2 ms means that no session was free, or that this machine is busy. <see cref="Mail"/>, <see cref="Rcpt"/> (the last one), <see cref="Data"/>: from the packet that held the
/// command to its reply. <see cref="Final"/>: from the text's first octet to the last reply. <see cref="Message"/>: from when the message
/// was meant to start.
/// </summary>
public enum Stage : byte { Connect, Ehlo, Wait, Mail, Rcpt, Data, Final, Message }

/// <summary>The latency of a stage in milliseconds.</summary>
public sealed record StageLatency(Stage Stage, long Count, double Mean, double P50, double P90, double P95, double P99, double P999, double Max);

/// <summary>How often something went wrong: a reply's code, or 0 where there was none; the text of the first.</summary>
public sealed record ErrorCount(Stage Stage, int Code, string Text, long Count);

/// <summary>An interval of about a second: its end in seconds since the start, messages accepted and failed a second, latency of messages in milliseconds.</summary>
public sealed record SecondPoint(double Seconds, double Rate, double Failures, double P50, double P95, double P99, int Connections);

/// <summary>Messages that took so many milliseconds.</summary>
public sealed record HistogramBar(double From, double To, long Count);

/// <summary>What is counted.</summary>
public sealed record LoadCounts
{
    /// <summary>Messages that the server took for at least one recipient.</summary>
    public long Accepted { get; set; }

    /// <summary>Messages that it did not.</summary>
    public long Failed { get; set; }

    /// <summary>Of the failed: sent, but the answer never came, so that the server may have them (RFC 1047).</summary>
    public long Unconfirmed { get; set; }

    public long RecipientsAccepted { get; set; }

    public long RecipientsRefused { get; set; }

    /// <summary>Octets of message text, header included, that were answered.</summary>
    public long Octets { get; set; }

    public int Connections { get; set; }

    public int PeakConnections { get; set; }
}

/// <summary>The figures of a run, at its end or on the way.</summary>
public record LoadFigures
{
    public required LoadCounts Counts { get; init; }
    public required ImmutableArray<StageLatency> Stages { get; init; }
    public required ImmutableArray<ErrorCount> Errors { get; init; }
    public required ImmutableArray<SecondPoint> Points { get; init; }
    public required ImmutableArray<HistogramBar> Histogram { get; init; }

    /// <summary>The latency of whole messages.</summary>
    [JsonIgnore]
    public StageLatency Latency => Stages[(int)Stage.Message];

    /// <summary>Failed messages of all, 0 to 1.</summary>
    public double ErrorRate => Counts.Failed == 0 ? 0 : (double)Counts.Failed / (Counts.Accepted + Counts.Failed);
}

/// <summary>What of a run came to a sink: different messages, those that did not come, and deliveries that came again; from sending to the sink's 250.</summary>
public sealed record Arrivals(long Messages, long Lost, long Doubled, LatencySummary? Latency)
{
    /// <summary>Reads what a sink's check found; what was accepted and has not come is lost, also behind the highest number that came.</summary>
    public static Arrivals Of(CheckSummary? check, long accepted) =>
        check is null ? new(0, accepted, 0, null) : new(check.Messages, Math.Max(accepted - check.Messages, 0), check.Doubled, check.Latency);
}

/// <summary>How a run ended: what <c>--json</c> prints and <c>--compare</c> reads.</summary>
public sealed record LoadResult : LoadFigures
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public required string Target { get; init; }

    /// <summary>What the run was, in a line.</summary>
    public required string Description { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The run's number in the id of its messages.</summary>
    public required uint Run { get; init; }

    /// <summary>Ids that were given out: 1 to this.</summary>
    public required long LastSequence { get; init; }

    /// <summary>From the first message's start to the last one's answer.</summary>
    public required double Seconds { get; init; }

    /// <summary>Processor time of this process during the run.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>True where the run was broken off.</summary>
    public required bool IsCancelled { get; init; }

    /// <summary>What a sink of ours said came of the messages; null where none was asked.</summary>
    public Arrivals? Arrived { get; init; }

    /// <summary>Accepted messages a second.</summary>
    public double Rate => Seconds > 0 ? Counts.Accepted / Seconds : 0;

    /// <summary>Processor time of this process for each message, in milliseconds.</summary>
    public double CpuPerMessage => Counts.Accepted + Counts.Failed is > 0 and var all ? CpuSeconds * 1000 / all : 0;

    public string ToJson() => JsonSerializer.Serialize(this, Format);

    /// <summary>Reads what <see cref="ToJson"/> wrote; a <see cref="FormatException"/> if it is something else.</summary>
    public static LoadResult Parse(string json)
    {
        try
        {
            if (JsonSerializer.Deserialize<LoadResult>(json, Format) is { } result && result.Stages.Length == Enum.GetValues<Stage>().Length
                && !result.Points.IsDefault && !result.Errors.IsDefault && !result.Histogram.IsDefault && result.Counts is not null) return result;
        }
        catch (JsonException e)
        {
            throw new FormatException($"not a result of mta load --json: {e.Message}");
        }
        throw new FormatException("not a result of mta load --json");
    }
}
