using System.Buffers;
using System.Text;
using Mta.Protocol.Addresses;

namespace Mta.Protocol.Mime;

/// <summary>
/// What is searched for: a substring without regard to case. Made once for a search, used for all its messages, by many threads if need be. Characters are alike
/// when their invariant capitals are (one for one: "ß" is not "ss"), which is i;unicode-casemap (RFC 5051) but for its decomposition: needle and text are compared
/// in normalization form C, so that an "é" is one however it was typed, and is not an "e".
/// </summary>
public sealed class SearchNeedle
{
    private readonly SearchValues<string>? _values;
    private readonly bool _isAscii;

    public SearchNeedle(string text)
    {
        Text = text;
        _isAscii = Ascii.IsValid(text);
        string normal = _isAscii ? text : DomainName.ToNfc(WellFormed(text));
        if (normal.Length > 0) _values = SearchValues.Create([normal], StringComparison.OrdinalIgnoreCase);
        // a letter and its marks are at most four characters for one
        Overlap = _isAscii ? Math.Max(0, normal.Length - 1) : 4 * normal.Length;
    }

    public string Text { get; }

    /// <summary>Characters of a text that may be the beginning of a match which ends behind them.</summary>
    internal int Overlap { get; }

    /// <summary>The empty string is in every text (RFC 9051 §6.4.4).</summary>
    public bool IsIn(ReadOnlySpan<char> text)
    {
        if (_values is null || text.ContainsAny(_values)) return true;
        // combining marks: only then does the form C differ from what almost all mail is in
        return !_isAscii && text.ContainsAnyInRange('\u0300', '\u036F') && DomainName.ToNfc(WellFormed(text)).AsSpan().ContainsAny(_values);
    }

    /// <summary>A half of a surrogate pair, as a cut may leave it, has no normal form.</summary>
    private static string WellFormed(ReadOnlySpan<char> text)
    {
        var whole = new char[text.Length];
        text.CopyTo(whole);
        for (int i = 0; i < whole.Length; i++)
        {
            if (!char.IsSurrogate(whole[i])) continue;
            if (i + 1 < whole.Length && char.IsSurrogatePair(whole[i], whole[i + 1])) i++;
            else whole[i] = '\uFFFD';
        }
        return new(whole);
    }
}
