using CsCheck;

namespace Mta.Load.Tests;

public sealed class TracerTests
{
    [Fact]
    public void What_is_written_is_read_again() =>
        Gen.Select(Gen.UInt, Gen.Int[0, int.MaxValue], Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue]).Sample((run, connection, sequence, sent) =>
        {
            var tracer = new Tracer(run, connection, sequence, sent);
            Assert.True(Tracer.TryParse($" {tracer} ", out var read));
            Assert.Equal(tracer, read);
        });

    [Theory]
    [InlineData("")]
    [InlineData("1-2-3")]
    [InlineData("1-2-3-4-5")]
    [InlineData("a-2-3-4")]
    public void What_is_no_id_is_refused(string text) => Assert.False(Tracer.TryParse(text, out _));
}
