using System.Buffers;
using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>A text that goes by, some of it at a time.</summary>
/// <param name="overlap">Characters that are looked at again together with what follows them.</param>
internal abstract class TextWindow(int overlap)
{
    private const int Size = 8192;

    // what is to be seen at once is as long as a needle, which comes from a command line and is bounded
    private readonly char[] _text = new char[Size + overlap];
    private int _count;

    /// <summary>No more is wanted.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Looks at some of the text; true where no more is wanted.</summary>
    protected abstract bool Look(ReadOnlySpan<char> text);

    /// <summary>Nothing that comes belongs to what went.</summary>
    public void Break() => Search(keep: 0);

    public void Reset() => (_count, IsOver) = (0, false);

    public void Add(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty && !IsOver)
        {
            int length = Math.Min(text.Length, _text.Length - _count);
            text[..length].CopyTo(_text.AsSpan(_count));
            _count += length;
            text = text[length..];
            if (_count == _text.Length) Search(overlap);
        }
    }

    /// <param name="decoder">Keeps what is incomplete at the end for the next time.</param>
    public void Add(ReadOnlySpan<byte> octets, Decoder decoder, bool isEnd)
    {
        while (!IsOver)
        {
            // no charset has more than two characters in an octet's place, and what the decoder still holds
            if (_text.Length - _count < 16) Search(overlap);
            decoder.Convert(octets, _text.AsSpan(_count), isEnd, out int read, out int written, out bool isComplete);
            _count += written;
            octets = octets[read..];
            if (isComplete || read + written == 0) break;
            Search(overlap);
        }
    }

    /// <summary>Out of a header: unfolded, and encoded words decoded.</summary>
    public void AddHeader(ReadOnlySpan<byte> octets)
    {
        if (octets.IndexOf("=?"u8) >= 0 || !Ascii.IsValid(octets))
        {
            Add(EncodedWords.Decode(octets));
            return;
        }
        while (!octets.IsEmpty)
        {
            int line = octets.IndexOfAny((byte)'\r', (byte)'\n');
            AddAscii(line < 0 ? octets : octets[..line]);
            octets = line < 0 ? default : octets[(line + 1)..];
        }
    }

    private void AddAscii(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty && !IsOver)
        {
            int length = Math.Min(octets.Length, _text.Length - _count);
            _count += Encoding.ASCII.GetChars(octets[..length], _text.AsSpan(_count));
            octets = octets[length..];
            if (_count == _text.Length) Search(overlap);
        }
    }

    private void Search(int keep)
    {
        IsOver |= Look(_text.AsSpan(0, _count));
        keep = Math.Min(keep, _count);
        _text.AsSpan(_count - keep, keep).CopyTo(_text);
        _count = keep;
    }
}

/// <summary>Is the needle in the text?</summary>
internal sealed class NeedleWindow(SearchNeedle needle) : TextWindow(needle.Overlap)
{
    protected override bool Look(ReadOnlySpan<char> text) => needle.IsIn(text);
}

/// <summary>Keeps the text, so much of it.</summary>
internal sealed class KeepingWindow(int most) : TextWindow(0)
{
    public StringBuilder Text { get; } = new();

    protected override bool Look(ReadOnlySpan<char> text)
    {
        Text.Append(text[..Math.Min(text.Length, most - Text.Length)]);
        return Text.Length == most;
    }
}
