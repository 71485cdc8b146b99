namespace Mta.Protocol.Text;

/// <summary>The date-time of header fields (RFC 5322 §3.3), for example <c>Mon, 23 Nov 2026 01:35:55 +0000</c>.</summary>
public static class MessageDate
{
    private static ReadOnlySpan<byte> Days => "SunMonTueWedThuFriSat"u8;
    private static ReadOnlySpan<byte> Months => "JanFebMarAprMayJunJulAugSepOctNovDec"u8;

    public static void Write(ref SpanWriter writer, DateTimeOffset time)
    {
        writer.Write(Days.Slice((int)time.DayOfWeek * 3, 3));
        writer.Write(", "u8);
        writer.Write(time.Day, "D2");
        writer.WriteByte((byte)' ');
        writer.Write(Months.Slice((time.Month - 1) * 3, 3));
        writer.WriteByte((byte)' ');
        writer.Write(time.Year, "D4");
        writer.WriteByte((byte)' ');
        writer.Write(time.Hour, "D2");
        writer.WriteByte((byte)':');
        writer.Write(time.Minute, "D2");
        writer.WriteByte((byte)':');
        writer.Write(time.Second, "D2");
        writer.Write(time.Offset < TimeSpan.Zero ? " -"u8 : " +"u8);
        writer.Write(Math.Abs(time.Offset.Hours), "D2");
        writer.Write(Math.Abs(time.Offset.Minutes), "D2");
    }
}
