using System.Buffers;
using System.Globalization;

namespace Mta.Protocol.Imap.Reading;

/// <summary>
/// Walks over the octets of a command, its literals where they stand. The first thing that is wrong is kept, and moves the place to the end:
/// whoever reads on finds nothing more, so that only loops and the very end have to ask.
/// </summary>
/// <param name="utf8">Mailbox names are UTF-8, not modified UTF-7.</param>
internal ref partial struct ImapParser(ReadOnlySpan<byte> text, bool utf8)
{
    private static readonly SearchValues<byte> ItemChars = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789."u8);

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>What was wrong, in words for the client, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>NO where what was written is right, but not to be had.</summary>
    public ImapStatus FaultStatus { get; private set; }

    public ImapCode FaultCode { get; private set; }

    /// <summary>A literal has not come yet, only its size.</summary>
    public bool NeedsLiteral { get; private set; }

    /// <summary>Octets that were read.</summary>
    public int Position { get; private set; }

    public readonly bool Failed => Fault is not null;

    public readonly bool AtEnd => Position == _text.Length;

    /// <summary>The next octet, or NUL at the end.</summary>
    public readonly byte Next => AtEnd ? (byte)0 : _text[Position];

    /// <summary>Octets that are left.</summary>
    public readonly int Left => _text.Length - Position;

    private readonly ReadOnlySpan<byte> Rest => _text[Position..];

    public void Fail(string fault, ImapStatus status = ImapStatus.Bad, ImapCode code = default)
    {
        if (Failed) return;
        (Fault, FaultStatus, FaultCode) = (fault, status, code);
        Position = _text.Length;
    }

    /// <summary>Goes on at a place where an earlier parser stood.</summary>
    public void MoveTo(int position) => Position = position;

    public bool TryTake(char octet)
    {
        if (Next != octet || AtEnd) return false;
        Position++;
        return true;
    }

    public void Take(char octet)
    {
        if (!TryTake(octet)) Fail(octet == ' ' ? "a space is expected" : $"{octet} is expected");
    }

    public void Space() => Take(' ');

    /// <summary>Nothing may follow.</summary>
    public void End()
    {
        if (!AtEnd) Fail("too much");
    }

    /// <summary>An atom (RFC 9051 §9), which is never empty.</summary>
    public ReadOnlySpan<byte> Atom()
    {
        var atom = Run(ImapChars.Atom);
        if (atom.IsEmpty) Fail("an atom is expected");
        return atom;
    }

    /// <summary>An atom in upper case.</summary>
    public string Word() => System.Text.Encoding.ASCII.GetString(Atom()).ToUpperInvariant();

    /// <summary>The name of a fetch item or of a section: an atom that a bracket ends. Empty where there is none.</summary>
    public ReadOnlySpan<byte> ItemName() => Run(ItemChars);

    /// <summary>Takes a word if it is the next, with an end of a word behind it.</summary>
    public bool TryWord(ReadOnlySpan<byte> word)
    {
        var rest = Rest;
        if (rest.Length < word.Length || !System.Text.Ascii.EqualsIgnoreCase(rest[..word.Length], word)) return false;
        if (rest.Length > word.Length && ImapChars.Atom.Contains(rest[word.Length])) return false;
        Position += word.Length;
        return true;
    }

    /// <summary>These octets are next, in any case.</summary>
    public readonly bool StartsWith(ReadOnlySpan<byte> octets) => Rest.Length >= octets.Length && System.Text.Ascii.EqualsIgnoreCase(Rest[..octets.Length], octets);

    /// <summary>All that is left.</summary>
    public ReadOnlySpan<byte> Remaining()
    {
        var rest = Rest;
        Position = _text.Length;
        return rest;
    }

    /// <summary>From 0 to <paramref name="largest"/>.</summary>
    public ulong Number(ulong largest)
    {
        var digits = Run(Digits);
        if (digits.IsEmpty) Fail("a number is expected");
        else if (ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && number <= largest) return number;
        else Fail("a number is too large");
        return 0;
    }

    /// <summary>From 1 to <paramref name="largest"/>, without zeros in front (RFC 9051 §9, nz-number).</summary>
    public ulong NonZero(ulong largest)
    {
        if (Next != '0') return Number(largest);
        Fail("0 is no number here");
        return 0;
    }

    /// <summary>32 bits.</summary>
    public uint NonZero() => (uint)NonZero(uint.MaxValue);

    /// <summary>63 bits (RFC 9051 §9, number64; RFC 7162 §7, mod-sequence-value).</summary>
    public long Number64() => (long)Number(long.MaxValue);

    private ReadOnlySpan<byte> Run(SearchValues<byte> octets)
    {
        var rest = Rest;
        int length = rest.IndexOfAnyExcept(octets);
        if (length < 0) length = rest.Length;
        Position += length;
        return rest[..length];
    }
}
