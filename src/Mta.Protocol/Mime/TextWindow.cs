using System.Buffers;
using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>A text that goes by, of which so much is kept that the needle is found wherever it lies.</summary>
internal sealed class TextWindow(SearchNeedle needle)
{
    private const int Size = 8192;

    // the needle's own length comes from a command line, which is bounded
    private readonly char[] _text = new char[Size + needle.Overlap];
    private int _count;

    public bool IsFound { get; private set; }

    /// <summary>Nothing that comes belongs to what went.</summary>
    public void Break() => Search(keep: 0);

    public void Reset() => (_count, IsFound) = (0, false);

    public void Add(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty && !IsFound)
        {
            int length = Math.Min(text.Length, _text.Length - _count);
            text[..length].CopyTo(_text.AsSpan(_count));
            _count += length;
            text = text[length..];
            if (_count == _text.Length) Search(needle.Overlap);
        }
    }

    /// <param name="decoder">Keeps what is incomplete at the end for the next time.</param>
    public void Add(ReadOnlySpan<byte> octets, Decoder decoder, bool isEnd)
    {
        while (!IsFound)
        {
            // no charset has more than two characters in an octet's place, and what the decoder still holds
            if (_text.Length - _count < 16) Search(needle.Overlap);
            decoder.Convert(octets, _text.AsSpan(_count), isEnd, out int read, out int written, out bool isComplete);
            _count += written;
            octets = octets[read..];
            if (isComplete || read + written == 0) break;
            Search(needle.Overlap);
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
        while (!octets.IsEmpty && !IsFound)
        {
            int length = Math.Min(octets.Length, _text.Length - _count);
            _count += Encoding.ASCII.GetChars(octets[..length], _text.AsSpan(_count));
            octets = octets[length..];
            if (_count == _text.Length) Search(needle.Overlap);
        }
    }

    private void Search(int keep)
    {
        IsFound |= needle.IsIn(_text.AsSpan(0, _count));
        keep = Math.Min(keep, _count);
        _text.AsSpan(_count - keep, keep).CopyTo(_text);
        _count = keep;
    }
}
