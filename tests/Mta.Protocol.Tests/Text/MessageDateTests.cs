using System.Globalization;
using System.Text;
using CsCheck;
using Mta.Protocol.Text;

namespace Mta.Protocol.Tests.Text;

public class MessageDateTests
{
    [Fact]
    public void Is_what_RFC_5322_says() =>
        Gen.Long[0, 4_000_000_000].Select(Gen.Int[-13 * 60, 14 * 60]).Sample((seconds, offset) =>
        {
            var time = DateTimeOffset.FromUnixTimeSeconds(seconds).ToOffset(TimeSpan.FromMinutes(offset));
            Span<byte> bytes = stackalloc byte[31];
            var writer = new SpanWriter(bytes);
            MessageDate.Write(ref writer, time);
            return writer.Length == 31
                && Encoding.ASCII.GetString(bytes) == time.ToString("ddd, dd MMM yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture).Remove(29, 1);
        });
}
