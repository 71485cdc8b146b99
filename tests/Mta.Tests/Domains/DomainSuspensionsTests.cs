using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Mta.Domains;

namespace Mta.Tests.Domains;

public sealed class DomainSuspensionsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("suspensions-").FullName;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly List<string> _ended = [];

    private string Path => System.IO.Path.Combine(_folder, "suspended.json");

    private DomainSuspensions Open()
    {
        var suspensions = DomainSuspensions.Open(Path, _clock, NullLogger.Instance);
        suspensions.Start(_ended.Add);
        return suspensions;
    }

    [Fact]
    public void What_is_suspended_stays_so_over_a_restart()
    {
        using (var first = Open())
        {
            Assert.False(File.Exists(Path));
            first.Suspend("b.example", null, "they are \"moving\"");
            first.Suspend("a.example", TimeSpan.FromHours(1), "");
            first.Suspend("c.example", null, "");
            Assert.True(first.Resume("c.example"));
            Assert.False(first.Resume("c.example"));
        }
        using var second = Open();
        Assert.Equal(
            [new("a.example", _clock.GetUtcNow(), _clock.GetUtcNow().AddHours(1), ""), new DomainSuspension("b.example", _clock.GetUtcNow(), null, "they are \"moving\"")],
            second.All);
        Assert.True(second.Contains("a.example"));
        Assert.False(second.Contains("c.example"));
        Assert.Equal(["c.example"], _ended);
        Assert.Equal([Path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void One_with_an_end_ends_when_its_time_has_come_and_no_sooner()
    {
        using var suspensions = Open();
        suspensions.Suspend("short.example", TimeSpan.FromMinutes(90), "");
        suspensions.Suspend("long.example", TimeSpan.FromHours(3), "");
        _clock.Advance(TimeSpan.FromMinutes(89));
        Assert.Equal(2, suspensions.Count);
        suspensions.Suspend("long.example", TimeSpan.FromHours(2), "sooner"); // from now
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["short.example"], _ended);
        Assert.False(suspensions.Contains("short.example"));
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(["short.example", "long.example"], _ended);
        using var again = Open();
        Assert.Empty(again.All);
    }

    [Fact]
    public void One_whose_time_came_while_nobody_was_there_ends_at_the_start()
    {
        using (var first = Open()) first.Suspend("a.example", TimeSpan.FromHours(1), "");
        _clock.Advance(TimeSpan.FromHours(2));
        using var second = Open();
        Assert.Equal(["a.example"], _ended);
        Assert.Equal(0, second.Count);
    }

    [Theory]
    [InlineData("[ {")]
    [InlineData("[ { \"domain\": null, \"reason\": \"\" } ]")]
    [InlineData("[ null ]")]
    [InlineData("nonsense")]
    public void What_cannot_be_understood_is_an_error_and_not_the_end_of_all_suspensions(string text)
    {
        File.WriteAllText(Path, text);
        Assert.Contains(Path, Assert.Throws<IOException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_stored_has_not_happened()
    {
        using var suspensions = Open();
        suspensions.Suspend("a.example", null, "");
        Directory.CreateDirectory(Path + ".new");
        Assert.Throws<IOException>(() => suspensions.Suspend("b.example", null, ""));
        Assert.Throws<IOException>(() => suspensions.Resume("a.example"));
        Assert.Equal(["a.example"], suspensions.All.Select(s => s.Domain));
        Assert.Empty(_ended);
    }

    [Fact]
    public void Reasons_and_times_have_their_bounds()
    {
        using var suspensions = Open();
        Assert.Throws<ArgumentException>(() => suspensions.Suspend("a.example", null, "two\nlines"));
        Assert.Throws<ArgumentException>(() => suspensions.Suspend("a.example", null, new string('x', DomainSuspensions.MaxReason + 1)));
        Assert.Throws<ArgumentException>(() => suspensions.Suspend("a.example", TimeSpan.Zero, ""));
        Assert.Throws<ArgumentException>(() => suspensions.Suspend("a.example", TimeSpan.FromDays(5000), ""));
        Assert.Empty(suspensions.All);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
