using System.Collections.Immutable;
using HdrHistogram;
using Mta.Protocol.Smtp;

namespace Mta.Load;

/// <summary>How long one message took.</summary>
internal readonly record struct MessageTimes(TimeSpan Wait, TimeSpan Mail, TimeSpan Rcpt, TimeSpan Data, TimeSpan Final, TimeSpan Whole);

/// <summary>What all sessions of a run report. One lock, taken once a message and never for long.</summary>
internal sealed class Statistics
{
    // A server that writes a queue id into its refusals must not make us keep them all: they are told apart by code, what has no code by text.
    private const int MaxErrors = 1000;
    private const double MinInterval = 0.2;
    private const long MaxMicroseconds = 3600L * 1_000_000;
    private static readonly Stage[] Stages = Enum.GetValues<Stage>();

    private readonly Lock _lock = new();
    private readonly LongHistogram[] _latency = [.. Stages.Select(_ => new LongHistogram(MaxMicroseconds, 3))];
    private readonly LongHistogram _interval = new(MaxMicroseconds, 2);
    private readonly Dictionary<(Stage Stage, int Code, string Kind), (string Text, long Count)> _errors = [];
    private readonly List<SecondPoint> _points = [];
    private LoadCounts _counts = new();
    private long _answers;
    private (double Seconds, long Accepted, long Failed) _last;

    /// <summary>Sessions and messages that the server had an answer for: while this grows, it is alive.</summary>
    public long Answers => Volatile.Read(ref _answers);

    public void Connected(TimeSpan connect, TimeSpan ehlo)
    {
        lock (_lock)
        {
            _answers++;
            Record(Stage.Connect, connect);
            Record(Stage.Ehlo, ehlo);
        }
    }

    /// <summary>A connection object came into being.</summary>
    public void Connecting()
    {
        lock (_lock)
        {
            _counts.Connections++;
            _counts.PeakConnections = Math.Max(_counts.PeakConnections, _counts.Connections);
        }
    }

    public void Disconnected()
    {
        lock (_lock) _counts.Connections--;
    }

    /// <summary>A message was answered to its end; accepted if it was for anybody.</summary>
    public void Message(in MessageTimes times, long octets, int accepted, int refused)
    {
        lock (_lock)
        {
            _answers++;
            if (times.Wait > TimeSpan.Zero) Record(Stage.Wait, times.Wait);
            Record(Stage.Mail, times.Mail);
            Record(Stage.Rcpt, times.Rcpt);
            if (times.Data > TimeSpan.Zero) Record(Stage.Data, times.Data);
            Record(Stage.Final, times.Final);
            Record(Stage.Message, times.Whole);
            _interval.RecordValue(Microseconds(times.Whole));
            _counts.Octets += octets;
            _counts.RecipientsAccepted += accepted;
            _counts.RecipientsRefused += refused;
            if (accepted > 0) _counts.Accepted++;
            else _counts.Failed++;
        }
    }

    /// <summary>The server refused the message before its text.</summary>
    public void MessageRefused(int recipients)
    {
        lock (_lock)
        {
            _answers++;
            _counts.Failed++;
            _counts.RecipientsRefused += recipients;
        }
    }

    /// <summary>The message was lost with its connection, or there was none to be had.</summary>
    public void MessageFailed(Stage stage, LoadException failure)
    {
        lock (_lock)
        {
            _counts.Failed++;
            if (stage == Stage.Final) _counts.Unconfirmed++;
            Error(stage, failure.Reply?.Code ?? 0, failure.Message);
        }
    }

    /// <summary>Messages of the open model that no session was free for.</summary>
    public void NotStarted(long count)
    {
        if (count == 0) return;
        lock (_lock)
        {
            _counts.Failed += count;
            _errors[(Stage.Message, 0, "not started")] = ("not started: all sessions were busy", count);
        }
    }

    /// <summary>The run ended early, as the server was gone.</summary>
    public void GaveUp()
    {
        lock (_lock) Error(Stage.Connect, 0, "given up: the server was gone");
    }

    public void ConnectionFailed(Stage stage, LoadException failure)
    {
        lock (_lock) Error(stage, failure.Reply?.Code ?? 0, failure.Message);
    }

    public void Refused(Stage stage, SmtpReply reply)
    {
        lock (_lock) Error(stage, reply.Code, reply);
    }

    /// <summary>Ends an interval of the charts.</summary>
    public void Tick(double seconds)
    {
        lock (_lock)
        {
            double length = seconds - _last.Seconds;
            // the rest of a second at the end of a run would be a peak in the charts that never was
            if (length < MinInterval && _points.Count > 0 || length <= 0) return;
            _points.Add(new SecondPoint(seconds, (_counts.Accepted - _last.Accepted) / length, (_counts.Failed - _last.Failed) / length,
                Milliseconds(_interval, 50), Milliseconds(_interval, 95), Milliseconds(_interval, 99), _counts.Connections));
            _last = (seconds, _counts.Accepted, _counts.Failed);
            _interval.Reset();
        }
    }

    /// <summary>Everything so far.</summary>
    public LoadFigures Snapshot()
    {
        lock (_lock)
        {
            return new()
            {
                Counts = _counts with { },
                Stages = [.. Stages.Select(Summary)],
                Errors = [.. _errors.Select(e => new ErrorCount(e.Key.Stage, e.Key.Code, e.Value.Text, e.Value.Count)).OrderByDescending(e => e.Count)],
                Points = [.. _points],
                Histogram = Bars(_latency[(int)Stage.Message]),
            };
        }
    }

    private void Error(Stage stage, int code, object text)
    {
        string kind = code > 0 ? "" : text.ToString()!;
        if (_errors.TryGetValue((stage, code, kind), out var known)) _errors[(stage, code, kind)] = known with { Count = known.Count + 1 };
        else if (_errors.Count < MaxErrors) _errors.Add((stage, code, kind), (text.ToString()!, 1));
    }

    private void Record(Stage stage, TimeSpan time) => _latency[(int)stage].RecordValue(Microseconds(time));

    private StageLatency Summary(Stage stage)
    {
        var h = _latency[(int)stage];
        return h.TotalCount == 0
            ? new(stage, 0, 0, 0, 0, 0, 0, 0, 0)
            : new(stage, h.TotalCount, h.GetMean() / 1000, Milliseconds(h, 50), Milliseconds(h, 90), Milliseconds(h, 95), Milliseconds(h, 99),
                Milliseconds(h, 99.9), Milliseconds(h, 100));
    }

    private static long Microseconds(TimeSpan time) => Math.Clamp(time.Ticks / TimeSpan.TicksPerMicrosecond, 0, MaxMicroseconds);

    private static double Milliseconds(LongHistogram histogram, double percentile) =>
        histogram.TotalCount == 0 ? 0 : histogram.GetValueAtPercentile(percentile) / 1000.0;

    /// <summary>Bars whose width grows with the latency: ten for each factor of ten.</summary>
    private static ImmutableArray<HistogramBar> Bars(LongHistogram histogram)
    {
        var bars = new SortedDictionary<int, long>();
        foreach (var value in histogram.RecordedValues())
        {
            int bar = (int)Math.Floor(Math.Log10(Math.Max(1, value.ValueIteratedTo)) * 10 + 1e-9);
            bars[bar] = bars.GetValueOrDefault(bar) + value.CountAddedInThisIterationStep;
        }
        return [.. bars.Select(b => new HistogramBar(Math.Pow(10, b.Key / 10.0 - 3), Math.Pow(10, (b.Key + 1) / 10.0 - 3), b.Value))];
    }
}
