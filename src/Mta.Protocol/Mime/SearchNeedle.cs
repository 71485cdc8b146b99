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
    private const int MostTrigrams = 24;

    private readonly SearchValues<string>? _values;
    private readonly string _normal;
    private readonly bool _isAscii;

    public SearchNeedle(string text)
    {
        Text = text;
        _isAscii = Ascii.IsValid(text);
        _normal = _isAscii ? text : DomainName.ToNfc(WellFormed(text));
        if (_normal.Length > 0) _values = SearchValues.Create([_normal], StringComparison.OrdinalIgnoreCase);
        // a letter and its marks are at most four characters for one
        Overlap = _isAscii ? Math.Max(0, _normal.Length - 1) : 4 * _normal.Length;
    }

    public string Text { get; }

    /// <summary>Characters of a text that may be the beginning of a match which ends behind them.</summary>
    internal int Overlap { get; }

    /// <summary>The empty string is in every text (RFC 9051 §6.4.4).</summary>
    public bool IsIn(ReadOnlySpan<char> text)
    {
        if (_values is null || text.ContainsAny(_values)) return true;
        // combining marks: only then does the form C differ from what almost all mail is in
        return !_isAscii && HasMarks(text) && DomainName.ToNfc(WellFormed(text)).AsSpan().ContainsAny(_values);
    }

    /// <summary>
    /// Three characters each that are in the <see cref="Fold"/> of every text that the needle is in; none where it is shorter. Not all of them: what has these is rarely anything else.
    /// </summary>
    public IReadOnlyList<string> Trigrams()
    {
        Rune[] runes = [.. _normal.ToUpperInvariant().EnumerateRunes()];
        return [.. Enumerable.Range(0, Math.Max(0, runes.Length - 2)).Take(MostTrigrams).Select(i => $"{runes[i]}{runes[i + 1]}{runes[i + 2]}").Where(t => !t.Contains('\uFFFD')).Distinct()];
    }

    /// <summary>
    /// A text in capitals, and where it has combining marks, once more in normalization form C: then it has a needle exactly where the needle's own fold is in it, octet by octet.
    /// </summary>
    public static string Fold(string text)
    {
        string folded = text.ToUpperInvariant();
        return HasMarks(text) ? folded + "\n" + DomainName.ToNfc(WellFormed(text)).ToUpperInvariant() : folded;
    }

    private static bool HasMarks(ReadOnlySpan<char> text) => text.ContainsAnyInRange('\u0300', '\u036F');

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
