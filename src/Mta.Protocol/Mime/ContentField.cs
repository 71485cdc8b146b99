namespace Mta.Protocol.Mime;

/// <summary>
/// Reads the values of Content-… fields (RFC 2045 §5.1, RFC 2183 §2, RFC 3282): words, comments, parameters. What is wrong is passed over up to the next semicolon.
/// </summary>
/// <param name="text">The value, unfolded. It is changed: quoting is taken off in place.</param>
internal sealed class ContentField(byte[] text)
{
    private int _at;

    /// <summary>Nothing where there is no token.</summary>
    public MimeText Token()
    {
        SkipComments();
        int start = _at;
        while (_at < text.Length && !IsSpecial(text[_at]) && text[_at] is not ((byte)'/' or (byte)'=' or (byte)'?')) _at++;
        return _at == start ? default : new(text, start, _at - start);
    }

    /// <summary>A token behind the given separator; nothing, and no step further, without it.</summary>
    public MimeText TokenBehind(byte separator)
    {
        if (!IsAt(separator)) return default;
        _at++;
        return Token();
    }

    /// <summary>What comes next, white space and comments aside.</summary>
    public bool IsAt(byte octet)
    {
        SkipComments();
        return _at < text.Length && text[_at] == octet;
    }

    public List<MimeParameter> Parameters()
    {
        var found = new List<MimeParameter>();
        while (SkipToSemicolon() && found.Count < MimeLimits.Parameters)
        {
            var name = Token();
            if (name.IsNil || !IsAt((byte)'=')) continue;
            _at++;
            SkipComments();
            found.Add(new(name, Value()));
        }
        return ContinuedParameters.Join(found);
    }

    /// <summary>The tags of Content-Language, between commas.</summary>
    public List<MimeText> Languages()
    {
        var found = new List<MimeText>();
        while (_at < text.Length && found.Count < MimeLimits.Languages)
        {
            var tag = Token();
            if (!tag.IsNil) found.Add(tag);
            int comma = text.AsSpan(_at).IndexOf((byte)',');
            _at = comma < 0 ? text.Length : _at + comma + 1;
        }
        return found;
    }

    private MimeText Value()
    {
        int start = _at, length = 0;
        if (_at < text.Length && text[_at] == '"')
        {
            for (_at++; _at < text.Length && text[_at] != '"'; _at++)
            {
                if (text[_at] == '\\' && _at + 1 < text.Length) _at++;
                text[start + length++] = text[_at];
            }
            _at = Math.Min(_at + 1, text.Length);
            return new(text, start, length);
        }
        // "/", "=" and "?" would need quotes, and many leave them out: encoded words, file names
        while (_at < text.Length && !IsSpecial(text[_at])) _at++;
        return new(text, start, _at - start);
    }

    private bool SkipToSemicolon()
    {
        while (_at < text.Length)
        {
            byte c = text[_at];
            if (c == '(')
            {
                SkipComments();
                continue;
            }
            _at++;
            if (c == ';') return true;
            if (c != '"') continue;
            while (_at < text.Length && text[_at] != '"') _at += text[_at] == '\\' ? 2 : 1;
            _at = Math.Min(_at + 1, text.Length);
        }
        return false;
    }

    private void SkipComments()
    {
        int depth = 0;
        for (; _at < text.Length; _at++)
        {
            byte c = text[_at];
            if (c == '(') depth++;
            else if (depth == 0)
            {
                if (c is not ((byte)' ' or (byte)'\t')) break;
            }
            else if (c == ')') depth--;
            else if (c == '\\') _at++;
        }
        _at = Math.Min(_at, text.Length);
    }

    private static bool IsSpecial(byte c) => c is <= 32 or 127 or (byte)'(' or (byte)')' or (byte)'<' or (byte)'>' or (byte)'@' or (byte)',' or (byte)';' or (byte)':' or (byte)'\\' or (byte)'"' or (byte)'[' or (byte)']';
}
