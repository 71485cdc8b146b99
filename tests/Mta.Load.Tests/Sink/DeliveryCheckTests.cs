using Mta.Load.Sink;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;

namespace Mta.Load.Tests.Sink;

public sealed class DeliveryCheckTests
{
    private readonly ManualClock _clock = new();
    private readonly DeliveryCheck _check;

    public DeliveryCheckTests() => _check = new(_clock);

    private void Add(uint run, long sequence, params string[] recipients) =>
        _check.Add(new Tracer(run, 0, sequence, 0), [.. recipients.Select(r => new SmtpRecipient(new(r, ""), RcptParameters.None))]);

    [Fact]
    public void Gaps_are_lost_until_they_come()
    {
        Add(1, 1, "a");
        Add(1, 5, "a");
        Assert.Equal(3, _check.Summarize().Lost);
        Add(1, 2, "a");
        var summary = _check.Summarize();
        Assert.Equal((2, 1, 0), (summary.Lost, summary.Reordered, summary.Doubled));
    }

    [Fact]
    public void Each_run_is_told_apart()
    {
        Add(1, 1, "a");
        Add(1, 3, "a");
        Add(2, 1, "a", "b");
        Add(2, 1, "b");
        Assert.Equal((2, 1, 0, 2), Figures(_check.Summarize(1)!));
        Assert.Equal((1, 0, 1, 2), Figures(_check.Summarize(2)!));
        Assert.Equal((3, 1, 1, 4), Figures(_check.Summarize()));
        Assert.Null(_check.Summarize(3));
        Assert.NotNull(_check.Summarize().Latency);

        static (long, long, long, long) Figures(CheckSummary check) => (check.Messages, check.Lost, check.Doubled, check.Deliveries);
    }

    [Fact]
    public void Only_the_same_recipient_again_is_double()
    {
        Add(1, 1, "a", "b");
        Add(1, 1, "c");
        Add(2, 1, "a");
        Assert.Equal(0, _check.Summarize().Doubled);
        Add(1, 1, "b");
        var summary = _check.Summarize();
        Assert.Equal((1, 2, 4), (summary.Doubled, summary.Messages, summary.Deliveries));
    }

    [Fact]
    public void Latency_is_from_the_sending_on()
    {
        _clock.Advance(TimeSpan.FromMilliseconds(50));
        Add(1, 1, "a");
        Assert.InRange(_check.Summarize().Latency!.P50, 49.5, 50.5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public void A_number_that_no_run_reaches_is_not_checked(long sequence)
    {
        Add(1, sequence, "a");
        var summary = _check.Summarize();
        Assert.Equal((1, 0, 0), (summary.Unchecked, summary.Lost, summary.Messages));
    }

    [Fact]
    public void A_message_without_id_is_counted()
    {
        _check.Add(null, []);
        Assert.Equal(1, _check.Summarize().Untraced);
    }
}
