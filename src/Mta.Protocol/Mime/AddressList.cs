namespace Mta.Protocol.Mime;

/// <summary>
/// Reads the addresses of a header field for ENVELOPE (RFC 5322 §3.4 and §4.4), as a reader of mail has to: what is wrong is passed over up to the next comma. Time
/// in proportion to the length; the texts are slices of the value's buffer, in which quoting is taken off in place.
/// </summary>
/// <param name="text">The value, unfolded. It is changed.</param>
internal sealed class AddressList(byte[] text)
{
    // What stands for what is not there: NIL would make it the mark of a group (RFC 9051 §7.5.2). The words are those that clients know from elsewhere.
    private static readonly MimeText NoMailbox = MimeText.Of("MISSING_MAILBOX"), NoHost = MimeText.Of("MISSING_DOMAIN");

    private enum WordsOf : byte
    {
        Phrase,
        LocalPart,
        Domain,
    }

    private int _at;
    private MimeText _comment;

    /// <param name="most">How many the list may grow to; what follows is not read.</param>
    public void Read(List<MimeAddress> addresses, int most)
    {
        bool inGroup = false;
        while (addresses.Count + (inGroup ? 1 : 0) < most)
        {
            _comment = default;
            SkipComments();
            if (_at >= text.Length) break;
            int start = _at;
            switch (SkipWords())
            {
                case ',' or ';' when _at == start:
                    // RFC 5322 §4.4: an element of nothing is obsolete, and means nothing
                    inGroup &= !EndsGroup(addresses, text[_at++], inGroup);
                    continue;
                case ':' when !inGroup:
                    _at = start;
                    addresses.Add(new(default, default, Words(WordsOf.Phrase), default));
                    _at++;
                    inGroup = true;
                    continue;
                case '<':
                    _at = start;
                    addresses.Add(Angle(Words(WordsOf.Phrase)));
                    break;
                case '@':
                    _at = start;
                    var mailbox = Words(WordsOf.LocalPart);
                    addresses.Add(Complete(default, mailbox, Domain()));
                    break;
                default:
                    _at = start;
                    addresses.Add(Bare());
                    break;
            }
            int end = SkipToEnd(inGroup);
            inGroup &= !EndsGroup(addresses, end, inGroup);
        }
        if (inGroup) addresses.Add(default);
    }

    private static bool EndsGroup(List<MimeAddress> addresses, int end, bool inGroup)
    {
        if (end != ';' || !inGroup) return false;
        addresses.Add(default);
        return true;
    }

    /// <summary>The name may stand in a comment behind the address (RFC 5322 §3.4.1, and RFC 822 before it).</summary>
    private MimeAddress Complete(MimeText route, MimeText mailbox, MimeText host)
    {
        SkipComments();
        return new(_comment, route, mailbox.Length == 0 ? NoMailbox : mailbox, host.Length == 0 ? NoHost : host);
    }

    /// <summary>Words without an @: one of them is a mailbox on this host, several are a name.</summary>
    private MimeAddress Bare()
    {
        int start = _at;
        var words = Words(WordsOf.Phrase);
        if (words.Length == 0) return new(default, default, NoMailbox, NoHost);
        return text.AsSpan(start, words.Length).Contains((byte)' ') ? new(words, default, NoMailbox, NoHost) : Complete(default, words, default);
    }

    /// <summary>What stands between angle brackets, with the obsolete route.</summary>
    private MimeAddress Angle(MimeText name)
    {
        _at++;
        SkipComments();
        MimeText route = default;
        if (Peek() == '@') route = Route();
        int start = _at;
        bool hasHost = SkipWords() == '@';
        _at = start;
        var mailbox = Words(WordsOf.LocalPart);
        var host = hasHost ? Domain() : default;
        SkipComments();
        if (Peek() == '>') _at++;
        return new(name.Length == 0 ? default : name, route, mailbox.Length == 0 ? NoMailbox : mailbox, host.Length == 0 ? NoHost : host);
    }

    /// <summary><c>@a.example,@b.example:</c>, without its colon.</summary>
    private MimeText Route()
    {
        int start = _at, length = 0;
        for (; _at < text.Length && text[_at] is not ((byte)':' or (byte)'>'); _at++)
            if (text[_at] is not ((byte)' ' or (byte)'\t')) text[start + length++] = text[_at];
        if (Peek() == ':') _at++;
        return new(text, start, length);
    }

    private MimeText Domain()
    {
        _at++;
        SkipComments();
        if (Peek() != '[') return Words(WordsOf.Domain);
        int start = _at, close = text.AsSpan(_at).IndexOf((byte)']');
        _at = close < 0 ? text.Length : _at + close + 1;
        return new(text, start, _at - start);
    }

    /// <summary>Atoms, dots and quoted strings without their quotes.</summary>
    private MimeText Words(WordsOf kind)
    {
        int start = _at, length = 0;
        for (; ; SkipComments())
        {
            int c = Peek();
            if (c != '"' && !IsWord(c)) break;
            if (length > 0 && kind == WordsOf.Phrase)
            {
                // in place: there is room for a space, unless no octet was skipped
                if (start + length < _at + (c == '"' ? 1 : 0)) text[start + length++] = (byte)' ';
            }
            else if (length > 0 && c != '.' && text[start + length - 1] != '.')
            {
                // what no dot joins is not of one address: the last word stands before the @, the first behind it
                if (kind == WordsOf.Domain) break;
                length = 0;
            }
            if (c == '"') Quoted(start, ref length);
            else while (IsWord(Peek())) text[start + length++] = text[_at++];
        }
        return new(text, start, length);
    }

    private void Quoted(int start, ref int length)
    {
        for (_at++; _at < text.Length && text[_at] != '"'; _at++)
        {
            if (text[_at] == '\\' && _at + 1 < text.Length) _at++;
            text[start + length++] = text[_at];
        }
        if (_at < text.Length) _at++;
    }

    /// <summary>Goes over words without changing anything, to see what follows: an octet, or -1 at the end.</summary>
    private int SkipWords()
    {
        while (_at < text.Length)
        {
            int c = text[_at];
            if (IsWord(c) || c is ' ' or '\t') _at++;
            else if (c == '"') SkipQuoted();
            else if (c == '(') SkipComment();
            else return c;
        }
        return -1;
    }

    private void SkipQuoted()
    {
        for (_at++; _at < text.Length && text[_at] != '"'; _at++)
            if (text[_at] == '\\') _at++;
        _at = Math.Min(_at + 1, text.Length);
    }

    /// <summary>Behind an address: goes over what does not belong there, and over the comma or, in a group, the semicolon, which it returns.</summary>
    private int SkipToEnd(bool inGroup)
    {
        while (_at < text.Length)
        {
            int c = text[_at];
            if (c == ',' || c == ';' && inGroup)
            {
                _at++;
                return c;
            }
            if (c == '"') SkipQuoted();
            else if (c == '(') SkipComment();
            else _at++;
        }
        return -1;
    }

    /// <summary>White space and comments; the last comment is kept.</summary>
    private void SkipComments()
    {
        while (_at < text.Length && text[_at] is (byte)' ' or (byte)'\t' or (byte)'(')
        {
            if (text[_at] != '(')
            {
                _at++;
                continue;
            }
            int start = _at + 1;
            SkipComment();
            int end = _at > start && text[_at - 1] == ')' ? _at - 1 : _at;
            if (end > start) _comment = Unescaped(text.AsSpan(start, end - start));
        }
    }

    /// <summary>In a buffer of its own: words in front of a comment and behind it grow over its place.</summary>
    private static MimeText Unescaped(ReadOnlySpan<byte> comment)
    {
        var octets = new byte[comment.Length];
        int length = 0;
        for (int i = 0; i < comment.Length; i++)
        {
            if (comment[i] == '\\' && i + 1 < comment.Length) i++;
            octets[length++] = comment[i];
        }
        return new(octets, 0, length);
    }

    /// <summary>Comments nest (RFC 5322 §3.2.2); one without an end takes all the rest.</summary>
    private void SkipComment()
    {
        int depth = 0;
        do
        {
            byte c = text[_at++];
            if (c == '\\') _at++;
            else if (c == '(') depth++;
            else if (c == ')') depth--;
        }
        while (depth > 0 && _at < text.Length);
        _at = Math.Min(_at, text.Length);
    }

    private int Peek() => _at < text.Length ? text[_at] : -1;

    /// <summary>Atoms and dots, with whatever is no special: 8-bit and control characters too.</summary>
    private static bool IsWord(int c) => c >= 0 && c is not (' ' or '\t' or '"' or '(' or ')' or '<' or '>' or '@' or ',' or ';' or ':' or '[' or ']' or '\\');
}
