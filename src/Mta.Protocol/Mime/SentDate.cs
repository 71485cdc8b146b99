using System.Buffers.Text;
using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>Reads the Date field (RFC 5322 §3.3 and §4.3) for SENTON, SORT and THREAD, with the patience that RFC 5256 §2.2 asks for.</summary>
internal static class SentDate
{
    private static ReadOnlySpan<byte> Months => "janfebmaraprmayjunjulaugsepoctnovdec"u8;

    /// <summary>
    /// Null where there is no day that can be read. RFC 5256 §2.2: with a zone that cannot be read the date is in UTC, and with a time that cannot be read it is at
    /// midnight.
    /// </summary>
    /// <param name="value">Unfolded.</param>
    public static DateTimeOffset? Read(ReadOnlySpan<byte> value)
    {
        var words = new Words(value);
        var word = words.Next();
        if (!word.IsEmpty && !char.IsAsciiDigit((char)word[0])) word = words.Next(); // the day of the week, which the date knows better
        if (!TryNumber(word, 1, 2, out int day) || Month(words.Next()) is not (> 0 and var month) || !TryYear(words.Next(), out int year)) return null;
        if (day < 1 || day > DateTime.DaysInMonth(year, month)) return null;
        var date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified);
        if (!TryTime(words.Next(), out var time)) return new(date, TimeSpan.Zero);
        var zone = Zone(words.Next());
        try
        {
            return new(date + time, zone);
        }
        catch (ArgumentOutOfRangeException)
        {
            // the first or last day of the calendar, and the zone takes it beyond
            return null;
        }
    }

    private static bool TryNumber(ReadOnlySpan<byte> word, int least, int most, out int number)
    {
        number = 0;
        // the parser would take a sign
        return word.Length >= least && word.Length <= most && char.IsAsciiDigit((char)word[0]) && Utf8Parser.TryParse(word, out number, out int read) && read == word.Length;
    }

    private static int Month(ReadOnlySpan<byte> word)
    {
        // full names happen
        if (word.Length < 3) return 0;
        for (int i = 0; i < 12; i++)
            if (Ascii.EqualsIgnoreCase(word[..3], Months.Slice(i * 3, 3))) return i + 1;
        return 0;
    }

    private static bool TryYear(ReadOnlySpan<byte> word, out int year)
    {
        if (!TryNumber(word, 2, 4, out year)) return false;
        // RFC 5322 §4.3: two digits up to 49 are of this century, others and three digits count from 1900
        if (word.Length < 4) year += word.Length == 2 && year < 50 ? 2000 : 1900;
        return year is >= 1 and <= 9999;
    }

    private static bool TryTime(ReadOnlySpan<byte> word, out TimeSpan time)
    {
        time = default;
        int colon = word.IndexOfAny((byte)':', (byte)'.');
        if (colon < 0 || !TryNumber(word[..colon], 1, 2, out int hours)) return false;
        word = word[(colon + 1)..];
        colon = word.IndexOfAny((byte)':', (byte)'.');
        int seconds = 0;
        if (!TryNumber(colon < 0 ? word : word[..colon], 2, 2, out int minutes) || colon >= 0 && !TryNumber(word[(colon + 1)..], 2, 2, out seconds)) return false;
        if (hours > 23 || minutes > 59 || seconds > 60) return false;
        time = new(hours, minutes, Math.Min(seconds, 59)); // a leap second
        return true;
    }

    private static TimeSpan Zone(ReadOnlySpan<byte> word)
    {
        if (word.Length == 5 && word[0] is (byte)'+' or (byte)'-' && TryNumber(word[1..3], 2, 2, out int hours) && TryNumber(word[3..], 2, 2, out int minutes))
        {
            var offset = new TimeSpan(hours, minutes, 0);
            return minutes > 59 || offset > TimeSpan.FromHours(14) ? default : word[0] == '-' ? -offset : offset;
        }
        // RFC 5322 §4.3: the names of North America; all others mean nothing
        if (word.Length != 3 || (word[1] | 0x20) is not ('s' or 'd') || (word[2] | 0x20) != 't') return default;
        int west = (word[0] | 0x20) switch { 'e' => 5, 'c' => 6, 'm' => 7, 'p' => 8, _ => 0 };
        return west == 0 ? default : TimeSpan.FromHours((word[1] | 0x20) == 'd' ? 1 - west : -west);
    }

    /// <summary>Words between white space, commas, and comments, which nest.</summary>
    private ref struct Words(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        /// <summary>Empty at the end.</summary>
        public ReadOnlySpan<byte> Next()
        {
            int depth = 0, start = 0;
            for (; start < _rest.Length; start++)
            {
                byte b = _rest[start];
                if (b == '(') depth++;
                else if (depth > 0)
                {
                    if (b == '\\') start++;
                    else if (b == ')') depth--;
                }
                else if (b is not ((byte)' ' or (byte)'\t' or (byte)',')) break;
            }
            _rest = _rest[Math.Min(start, _rest.Length)..];
            int end = _rest.IndexOfAny(" \t,("u8);
            if (end < 0) end = _rest.Length;
            var word = _rest[..end];
            _rest = _rest[end..];
            return word;
        }
    }
}
