using System.Globalization;
using System.Text;
using Mta.Mailbox;

namespace Mta.Server.MailFiles;

/// <summary>What an mbox says of a message: the line that begins with From, and fields in the message's header that are no part of the message.</summary>
internal sealed class MboxHeader
{
    private static readonly string[] Own = ["Status", "X-Status", "X-Keywords", "Content-Length"];

    private static readonly (char Letter, MailFlags Flag)[] Letters =
        [('R', MailFlags.Seen), ('A', MailFlags.Answered), ('F', MailFlags.Flagged), ('T', MailFlags.Draft), ('D', MailFlags.Deleted)];

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);
    private bool _isOwn;

    /// <summary>The fields of the message itself.</summary>
    public MemoryStream Fields { get; } = new();

    /// <summary>Octets of the body, where a field says so.</summary>
    public long? ContentLength => _values.TryGetValue("Content-Length", out string? text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : null;

    public MailFlags Flags
    {
        get
        {
            string letters = _values.GetValueOrDefault("Status") + _values.GetValueOrDefault("X-Status");
            return Letters.Aggregate(MailFlags.None, (flags, l) => letters.Contains(l.Letter, StringComparison.Ordinal) ? flags | l.Flag : flags);
        }
    }

    public string[] Keywords => _values.GetValueOrDefault("X-Keywords")?.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Takes a line of the header: the first field of each of these names is the mbox's, others of the name are the message's.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        bool goesOn = line[0] is (byte)' ' or (byte)'\t';
        if (goesOn && _isOwn)
        {
            if (_values.Keys.LastOrDefault() is { } last) _values[last] += " " + Encoding.Latin1.GetString(line).Trim();
            return;
        }
        if (!goesOn)
        {
            int colon = line.IndexOf((byte)':');
            string? name = colon is > 0 and < 20 && Encoding.Latin1.GetString(line[..colon]) is var found ? Own.FirstOrDefault(o => o.Equals(found, StringComparison.OrdinalIgnoreCase)) : null;
            _isOwn = name is not null && _values.TryAdd(name, Encoding.Latin1.GetString(line[(colon + 1)..]).Trim());
            if (_isOwn) return;
        }
        Fields.Write(line);
    }

    /// <summary>All of them, so that a field of the message with such a name is never taken for one.</summary>
    public static byte[] Format(DateTimeOffset receivedAt, MailFlags flags, IEnumerable<string> keywords, long contentLength)
    {
        string status = ((flags & MailFlags.Seen) != 0 ? "R" : "") + "O";
        string more = string.Concat(Letters.Skip(1).Where(l => (flags & l.Flag) != 0).Select(l => l.Letter));
        // RFC 4155, appendix A: the time is UTC
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"From MAILER-DAEMON {receivedAt.UtcDateTime:ddd MMM} {receivedAt.UtcDateTime.Day,2} {receivedAt.UtcDateTime:HH:mm:ss yyyy}\nStatus: {status}\nX-Status: {more}\nX-Keywords: {string.Join(' ', keywords)}\nContent-Length: {contentLength}\n"));
    }

    /// <summary>The date of a line that begins a message, null for any other line: it ends with a time and a year, and perhaps a zone.</summary>
    public static DateTimeOffset? Begins(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("From "u8)) return null;
        string[] words = Encoding.Latin1.GetString(line).Split((char[])[' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        int time = Array.FindLastIndex(words, w => w.Length is 5 or 8 && w[2] == ':' && char.IsAsciiDigit(w[0]));
        if (time < 3 || time + 1 >= words.Length) return null;
        string clock = words[time].Length == 5 ? words[time] + ":00" : words[time];
        // some put a zone before the year or behind it
        string[] rest = words[(time + 1)..];
        string? year = rest.FirstOrDefault(w => w.Length == 4 && w.All(char.IsAsciiDigit));
        string? zone = rest.FirstOrDefault(w => w.Length == 5 && w[0] is '+' or '-' && w.Skip(1).All(char.IsAsciiDigit));
        string text = $"{words[time - 1]} {words[time - 2]} {year} {clock} {zone?.Insert(3, ":") ?? "+00:00"}";
        return DateTimeOffset.TryParseExact(text, "d MMM yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? at : null;
    }
}
