using Mta.Queue;

namespace Mta.Tests.Queue;

public sealed class RetryScheduleTests
{
    [Fact]
    public void The_waits_follow_the_text_and_the_last_repeats()
    {
        var schedule = RetrySchedule.Parse("1m, 5m*2, 15m, 1h*3, 4h*");
        int[] minutes = [.. Enumerable.Range(1, 10).Select(i => (int)schedule.After(i).TotalMinutes)];
        Assert.Equal([1, 5, 5, 15, 60, 60, 60, 240, 240, 240], minutes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("0m")]
    [InlineData("5m*0")]
    [InlineData("5m*2*3")]
    [InlineData("4h*, 5m")]
    [InlineData("5 parsecs")]
    [InlineData("-5m")]
    [InlineData("5m,,1h")]
    public void What_is_no_schedule_is_refused(string text) => Assert.Throws<FormatException>(() => RetrySchedule.Parse(text));
}
