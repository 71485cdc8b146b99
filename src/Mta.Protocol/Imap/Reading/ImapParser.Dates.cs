namespace Mta.Protocol.Imap.Reading;

internal ref partial struct ImapParser
{
    private static ReadOnlySpan<byte> Months => "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"u8;

    /// <summary>A day, in quotes or without (RFC 9051 §9, date).</summary>
    public DateOnly Date()
    {
        bool isQuoted = TryTake('"');
        int day = Fixed(1);
        if (Next is >= (byte)'0' and <= (byte)'9') day = day * 10 + Fixed(1);
        var date = Day(day);
        if (isQuoted) Take('"');
        return date;
    }

    /// <summary>RFC 9051 §9, date-time: <c>"17-Jul-1996 02:44:25 -0700"</c>, the day with a space or a 0 in front.</summary>
    public DateTimeOffset DateTime()
    {
        Take('"');
        int day = TryTake(' ') ? Fixed(1) : Fixed(2);
        var date = Day(day);
        Space();
        int hour = Fixed(2);
        Take(':');
        int minute = Fixed(2);
        Take(':');
        int second = Fixed(2);
        Space();
        bool isWest = TryTake('-');
        if (!isWest) Take('+');
        int zone = Fixed(2) * 60;
        int minutes = Fixed(2);
        Take('"');
        // an hour and a zone beyond what the world has, and years without an instant in UTC
        if (hour > 23 || minute > 59 || second > 59 || minutes > 59 || zone + minutes > 14 * 60 || date.Year is < 2 or > 9998) FailDate();
        if (Failed) return default;
        return new(date.ToDateTime(new(hour, minute, second)), TimeSpan.FromMinutes(isWest ? -(zone + minutes) : zone + minutes));
    }

    private DateOnly Day(int day)
    {
        Take('-');
        int month = Month();
        Take('-');
        int year = Fixed(4);
        if (!Failed && year > 0 && day > 0 && day <= System.DateTime.DaysInMonth(year, month)) return new(year, month, day);
        FailDate();
        return default;
    }

    private int Month()
    {
        var rest = Rest;
        for (int i = 0; rest.Length >= 3 && i < 12; i++)
        {
            if (!System.Text.Ascii.EqualsIgnoreCase(rest[..3], Months.Slice(3 * i, 3))) continue;
            Position += 3;
            return i + 1;
        }
        return FailDate();
    }

    /// <summary>So many digits.</summary>
    private int Fixed(int digits)
    {
        int number = 0;
        for (; digits > 0; digits--)
        {
            if (Next is < (byte)'0' or > (byte)'9') return FailDate();
            number = number * 10 + Next - '0';
            Position++;
        }
        return number;
    }

    private int FailDate()
    {
        Fail("a date is malformed");
        return 0;
    }
}
