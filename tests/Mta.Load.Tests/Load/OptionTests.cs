using System.Text;
using CsCheck;

namespace Mta.Load.Tests.Load;

public sealed class OptionTests
{
    [Theory]
    [InlineData("200ms", 0.2)]
    [InlineData("30s", 30)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7200)]
    [InlineData("15", 15)]
    public void Durations_are_read(string text, double seconds) => Assert.Equal(seconds, Units.Duration(text).TotalSeconds);

    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("4KiB", 4096)]
    [InlineData("64kB", 64_000)]
    [InlineData("1.5MiB", 1_572_864)]
    public void Sizes_are_read(string text, long octets) => Assert.Equal(octets, Units.Octets(text));

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("0s")]
    [InlineData("-1s")]
    [InlineData("8d")]
    [InlineData("1000h")]
    public void What_is_no_duration_is_refused(string text) => Assert.Throws<FormatException>(() => Units.Duration(text));

    [Theory]
    [InlineData("0")]
    [InlineData("4 apples")]
    [InlineData("2000MiB")]
    public void What_is_no_size_is_refused(string text) => Assert.Throws<FormatException>(() => Units.Octets(text));

    [Fact]
    public void A_pattern_makes_an_address_for_each_number()
    {
        var pattern = AddressPattern.Parse("user{n}+{n}@mail.{domain}");
        Assert.Equal("user42+42@mail.d7.test", pattern.Format(42, "d7.test"));
        Assert.Equal("", AddressPattern.Parse("<>").Format(1, "d1.test"));
    }

    [Theory]
    [InlineData("user{x}@d.test")]
    [InlineData("user")]
    [InlineData("a b@d.test")]
    [InlineData("a@d.test>\r\nRSET")]
    [InlineData("{n@d.test")]
    [InlineData("é@d.test")]
    public void What_makes_no_address_is_refused(string text) => Assert.Throws<FormatException>(() => AddressPattern.Parse(text));

    [Fact]
    public void Domains_in_turn_all_get_the_same()
    {
        var spread = DomainSpread.Parse("4");
        var counts = Counts(spread, 400);
        Assert.Equal(4, counts.Count);
        Assert.All(counts.Values, count => Assert.Equal(100, count));
    }

    [Fact]
    public void Domains_by_zipf_get_less_the_later_they_come()
    {
        const int messages = 200_000;
        var counts = Counts(DomainSpread.Parse("zipf:100"), messages);
        double sum = Enumerable.Range(1, 100).Sum(i => 1.0 / i);
        foreach (int rank in (int[])[1, 2, 3, 10, 50])
            Assert.InRange(counts[$"d{rank}.test"] / (messages / sum / rank), 0.85, 1.15);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("zipf:")]
    [InlineData("zipf:1000001")]
    [InlineData("pareto:5")]
    public void What_is_no_spread_is_refused(string text) => Assert.Throws<FormatException>(() => DomainSpread.Parse(text));

    [Fact]
    public void Stages_follow_each_other()
    {
        var schedule = ArrivalSchedule.Parse("10s:10,10s:0,10s:10-30");
        Assert.Equal(TimeSpan.FromSeconds(30), schedule.Length);
        Assert.Equal(TimeSpan.Zero, schedule.At(0));
        Assert.Equal(9.9, schedule.At(99)!.Value.TotalSeconds, 6);
        // nothing starts in the pause
        Assert.Equal(20, schedule.At(100)!.Value.TotalSeconds, 6);
        // halfway through the ramp the rate is 20: 75 of its 200 messages are in its first 5 seconds
        Assert.Equal(25, schedule.At(175)!.Value.TotalSeconds, 6);
        Assert.NotNull(schedule.At(299));
        Assert.Null(schedule.At(300));
    }

    [Fact]
    public void A_schedule_never_goes_back_and_starts_all_its_messages() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[0, 200], Gen.Int[0, 200]).Array[1, 5].Sample(stages =>
        {
            var schedule = new ArrivalSchedule([.. stages.Select(s => new ArrivalStage(TimeSpan.FromSeconds(s.Item1), s.Item2, s.Item3))]);
            var last = TimeSpan.Zero;
            int count = 0;
            for (; schedule.At(count) is { } at; count++)
            {
                Assert.InRange(at, last, schedule.Length);
                last = at;
            }
            Assert.InRange(count, schedule.Stages.Sum(s => s.Arrivals) - 0.01, schedule.Stages.Sum(s => s.Arrivals) + 1);
        });

    [Theory]
    [InlineData("30s")]
    [InlineData("30s:x")]
    [InlineData("x:10")]
    [InlineData("10s:1-2-3")]
    [InlineData("10s:2000000")]
    [InlineData("10s:10,")]
    public void What_are_no_stages_is_refused(string text) => Assert.Throws<FormatException>(() => ArrivalSchedule.Parse(text));

    [Fact]
    public void Real_sizes_have_the_documented_shape()
    {
        long[] sizes = [.. Enumerable.Range(1, 20_001).Select(i => MessageSize.Real.Of(i)).Order()];
        Assert.InRange(sizes[10_000], 15_000, 18_000);
        Assert.InRange(sizes[19_800], 500_000, 900_000);
        Assert.Equal(1024, sizes[0]);
        Assert.InRange(sizes[^1], 1_000_000, 10 * 1024 * 1024);
        Assert.InRange(sizes.Average(), 45_000, 65_000);
    }

    private static Dictionary<string, int> Counts(DomainSpread spread, int messages) =>
        Enumerable.Range(1, messages).CountBy(i => Encoding.ASCII.GetString(spread.Pick(i))).ToDictionary();
}
