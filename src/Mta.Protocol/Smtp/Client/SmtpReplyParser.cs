using System.Text;

namespace Mta.Protocol.Smtp.Client;

/// <summary>How <see cref="SmtpReplyParser.Parse"/> ended.</summary>
public enum ReplyStatus : byte
{
    /// <summary>All input is consumed, the reply goes on.</summary>
    Incomplete,

    /// <summary>One reply was read; what follows it is left in the input.</summary>
    Complete,

    /// <summary>This is no SMTP reply; the connection is of no further use.</summary>
    Malformed,
}

/// <summary>
/// Reads the replies of a server (RFC 5321 §4.2) from octets that come in any pieces. Keeps at most <see cref="MaxLine"/> octets of a
/// line and <see cref="MaxLines"/> lines or <see cref="MaxText"/> characters of a reply, drops what is beyond, and gives up on a reply of more than
/// <see cref="MaxReply"/> octets. Texts are safe to log: control characters and octets that are not UTF-8 are replaced.
/// </summary>
public sealed class SmtpReplyParser
{
    /// <summary>Octets kept of one line; RFC 5321 §4.5.3.1.5 allows 512.</summary>
    public const int MaxLine = 2048;

    /// <summary>Lines kept of one reply.</summary>
    public const int MaxLines = 100;

    /// <summary>Characters kept of one reply.</summary>
    public const int MaxText = 16 * 1024;

    /// <summary>Octets of one reply, kept or not, beyond which it is <see cref="ReplyStatus.Malformed"/>.</summary>
    public const int MaxReply = 64 * 1024;

    private readonly RecentReplies _recent = new();
    private byte[] _line = [];
    private int _kept;
    private int _octets;
    private int _lines;
    private int _code;
    private EnhancedStatusCode _enhanced;
    private StringBuilder? _text;

    /// <summary>Why the last result was <see cref="ReplyStatus.Malformed"/>.</summary>
    public string Error { get; private set; } = "";

    /// <summary>True between replies: nothing of the next one has come.</summary>
    public bool IsIdle => _octets == 0;

    /// <summary>Takes from <paramref name="input"/> what belongs to the next reply.</summary>
    public ReplyStatus Parse(ref ReadOnlySpan<byte> input, out SmtpReply? reply)
    {
        reply = null;
        while (true)
        {
            // A bare LF ends a line too: a reply holds only what the server itself says, so there is nothing to smuggle, and refusing
            // would keep mail from hosts that others can reach.
            int end = input.IndexOf((byte)'\n');
            var piece = end < 0 ? input : input[..end];
            _octets += piece.Length + (end < 0 ? 0 : 1);
            if (_octets > MaxReply) return Malformed($"reply longer than {MaxReply} octets");
            if (end < 0)
            {
                Keep(piece);
                input = default;
                return ReplyStatus.Incomplete;
            }
            input = input[(end + 1)..];
            if (_kept > 0)
            {
                Keep(piece);
                piece = _line.AsSpan(0, _kept);
            }
            _kept = 0;
            if (piece is [.. var start, (byte)'\r']) piece = start;
            if (_lines == 0 && _recent.Find(piece) is { } known)
            {
                _octets = 0;
                reply = known;
                return ReplyStatus.Complete;
            }
            if (piece.Length > MaxLine) piece = piece[..MaxLine];
            if (!TryReadCode(piece, out int code, out bool last)) return Malformed($"not an SMTP reply: \"{Sanitise(piece, 60)}\"");
            // RFC 5321 §4.2.1: the code is the same on every line. The last one decides where it is not, but they have to mean the same.
            if (_lines > 0 && code / 100 != _code / 100) return Malformed($"reply codes {_code} and {code} in one reply");
            _code = code;
            if (last)
            {
                reply = Finish(piece);
                return ReplyStatus.Complete;
            }
            Append(piece);
        }
    }

    /// <summary>Forgets a reply that has begun; for the start of TLS.</summary>
    public void Reset()
    {
        (_kept, _octets, _lines, _enhanced) = (0, 0, 0, default);
        _text?.Clear();
    }

    private SmtpReply Finish(ReadOnlySpan<byte> line)
    {
        SmtpReply reply;
        if (_lines == 0)
        {
            string text = TextOf(line, out var enhanced);
            reply = new(_code, enhanced, text);
            _recent.Keep(line, reply);
        }
        else
        {
            Append(line);
            reply = new(_code, _enhanced, _text!.ToString());
        }
        Reset();
        return reply;
    }

    private void Append(ReadOnlySpan<byte> line)
    {
        _text ??= new();
        if (++_lines > MaxLines || _text.Length >= MaxText) return;
        string text = TextOf(line, out var enhanced);
        if (_lines == 1) _enhanced = enhanced;
        else _text.Append('\n');
        _text.Append(text.AsSpan(0, Math.Min(text.Length, MaxText - _text.Length)));
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        int count = Math.Min(piece.Length, MaxLine - _kept);
        if (count <= 0) return;
        if (_line.Length < _kept + count) Array.Resize(ref _line, Math.Min(MaxLine, Math.Max(256, (_kept + count) * 2)));
        piece[..count].CopyTo(_line.AsSpan(_kept));
        _kept += count;
    }

    private ReplyStatus Malformed(string error)
    {
        Error = error;
        Reset();
        return ReplyStatus.Malformed;
    }

    /// <summary>RFC 5321 §4.2: three digits, then a space, a hyphen for more to come, or nothing at all.</summary>
    private static bool TryReadCode(ReadOnlySpan<byte> line, out int code, out bool last)
    {
        (code, last) = (0, true);
        if (line.Length < 3 || line[0] is < (byte)'2' or > (byte)'5' || !char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2]))
            return false;
        if (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-')) return false;
        code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
        last = line.Length == 3 || line[3] == ' ';
        return true;
    }

    private static string TextOf(ReadOnlySpan<byte> line, out EnhancedStatusCode enhanced)
    {
        string text = Sanitise(line.Length > 4 ? line[4..] : [], MaxLine);
        // RFC 2034 §4: the class repeats the reply code's first digit; anything else is not an enhanced code but text.
        if (!EnhancedStatusCode.TryParse(text, out enhanced, out int length) || enhanced.Class != line[0] - '0')
        {
            enhanced = default;
            return text;
        }
        return text[length..].TrimStart(' ');
    }

    private static string Sanitise(ReadOnlySpan<byte> octets, int limit)
    {
        string text = Encoding.UTF8.GetString(octets.Length > limit ? octets[..limit] : octets);
        foreach (char c in text)
            if (!IsSafe(c))
                return string.Create(text.Length, text, static (to, from) =>
                {
                    for (int i = 0; i < to.Length; i++) to[i] = IsSafe(from[i]) ? from[i] : '?';
                });
        return text;

        // Line and paragraph separators end a line for some readers of logs.
        static bool IsSafe(char c) => !char.IsControl(c) && c is not ('\u2028' or '\u2029' or '\uFFFD');
    }

    /// <summary>
    /// The short one-line replies that this server gives again and again ("250 2.1.5 Ok"), so that they cost nothing. A line that was
    /// not asked for since it was last passed over makes room: those with a queue id in them never push out the others.
    /// </summary>
    private sealed class RecentReplies
    {
        private const int Longest = 80;
        private readonly Entry[] _entries = new Entry[8];
        private int _hand;

        public SmtpReply? Find(ReadOnlySpan<byte> line)
        {
            if (line.Length > Longest) return null;
            foreach (ref var entry in _entries.AsSpan())
            {
                if (entry.Reply is null || !line.SequenceEqual(entry.Line.AsSpan(0, entry.Length))) continue;
                entry.Used = true;
                return entry.Reply;
            }
            return null;
        }

        public void Keep(ReadOnlySpan<byte> line, SmtpReply reply)
        {
            if (line.Length > Longest) return;
            while (_entries[_hand].Used)
            {
                _entries[_hand].Used = false;
                _hand = (_hand + 1) % _entries.Length;
            }
            ref var entry = ref _entries[_hand];
            entry.Line ??= new byte[Longest];
            line.CopyTo(entry.Line);
            (entry.Length, entry.Reply) = (line.Length, reply);
            _hand = (_hand + 1) % _entries.Length;
        }

        private struct Entry
        {
            public byte[]? Line;
            public int Length;
            public SmtpReply? Reply;
            public bool Used;
        }
    }
}
