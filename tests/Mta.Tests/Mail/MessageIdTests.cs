using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Mta.Mail;

namespace Mta.Tests.Mail;

public sealed class MessageIdTests
{
    [Fact]
    public void What_is_written_is_read_again() => Gen.ULong.Sample(value =>
    {
        Assert.True(MessageId.TryParse(new MessageId(value).ToString(), out var id));
        Assert.Equal(value, id.Value);
    });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0000000000000U")]
    [InlineData("000000000000I")]
    [InlineData("ZZZZZZZZZZZZZ")]
    public void What_is_no_id_is_refused(string? text) => Assert.False(MessageId.TryParse(text, out _));

    [Fact]
    public void Ids_rise_whatever_the_clock_does_and_spread_over_the_partitions()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero));
        var ids = new MessageIdSource(clock);
        var last = ids.Next();
        int[] partitions = new int[4];
        for (int i = 0; i < 100_000; i++)
        {
            if (i % 7 == 0) clock.Advance(TimeSpan.FromMilliseconds(1));
            var next = ids.Next();
            Assert.True(next > last);
            partitions[next.Value % 4]++;
            last = next;
        }
        Assert.All(partitions, n => Assert.InRange(n, 24_900, 25_100));
    }
}
