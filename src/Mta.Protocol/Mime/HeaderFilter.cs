using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>
/// HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 9051 §6.4.5.1): the fields of a header section that are named, or those that are not, folds and all, and the empty
/// line. Fed with the octets of the header section in pieces of any size; can be used again after <see cref="Finish"/>.
/// </summary>
public sealed class HeaderFilter
{
    // a longer name is nobody's, and what follows it need not be waited for
    private const int LongestName = 1000;

    private enum Place : byte
    {
        LineStart,
        Name,
        Line,
        End,
    }

    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _names;
    private readonly bool _not;
    private readonly ArrayBufferWriter<byte> _name = new();
    private Place _place;
    private bool _keeps;
    private bool _hasEmptyLine;
    private byte _last = (byte)'\n';

    public HeaderFilter(IReadOnlyList<string> names, bool not)
    {
        _names = names.ToHashSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
        _not = not;
    }

    public void Add(ReadOnlySpan<byte> header, IBufferWriter<byte> output)
    {
        while (!header.IsEmpty && _place != Place.End)
        {
            if (_place == Place.LineStart)
            {
                // RFC 5322 §2.2.3: a fold goes with its field
                if (header[0] is (byte)' ' or (byte)'\t') _place = Place.Line;
                else (_place, _keeps) = (Place.Name, _not);
            }
            header = header[(_place == Place.Name ? TakeName(header, output) : TakeLine(header, output))..];
        }
    }

    /// <summary>The header section ends here.</summary>
    public void Finish(IBufferWriter<byte> output)
    {
        if (_place == Place.Name) Keep(output);
        // the last field, or the line, was cut off
        if (_last != '\n') output.Write("\r\n"u8);
        if (!_hasEmptyLine) output.Write("\r\n"u8);
        (_place, _hasEmptyLine, _last) = (Place.LineStart, false, (byte)'\n');
    }

    private int TakeName(ReadOnlySpan<byte> header, IBufferWriter<byte> output)
    {
        int end = header.IndexOfAny((byte)':', (byte)'\n');
        int length = Math.Min(end < 0 ? header.Length : end + 1, LongestName - _name.WrittenCount);
        _name.Write(header[..length]);
        bool isLine = header[length - 1] == '\n';
        if (isLine && (_name.WrittenCount == 1 || _name.WrittenSpan.SequenceEqual("\r\n"u8)))
        {
            Write(_name.WrittenSpan, output);
            _name.ResetWrittenCount();
            (_place, _hasEmptyLine) = (Place.End, true);
        }
        else if (isLine || header[length - 1] == ':' || _name.WrittenCount == LongestName)
        {
            Keep(output);
            _place = isLine ? Place.LineStart : Place.Line;
        }
        return length;
    }

    /// <summary>Decides by what was read of the line: up to the colon, or without one.</summary>
    private void Keep(IBufferWriter<byte> output)
    {
        Span<char> name = stackalloc char[LongestName];
        var octets = _name.WrittenSpan;
        if (!octets.IsEmpty && octets[^1] == ':')
        {
            octets = octets[..^1].TrimEnd(" \t"u8);
            for (int i = 0; i < octets.Length; i++) name[i] = (char)octets[i];
            _keeps = _names.Contains(name[..octets.Length]) != _not;
        }
        if (_keeps) Write(_name.WrittenSpan, output);
        _name.ResetWrittenCount();
    }

    private int TakeLine(ReadOnlySpan<byte> header, IBufferWriter<byte> output)
    {
        int end = header.IndexOf((byte)'\n');
        var line = end < 0 ? header : header[..(end + 1)];
        if (_keeps) Write(line, output);
        if (end >= 0) _place = Place.LineStart;
        return line.Length;
    }

    private void Write(ReadOnlySpan<byte> octets, IBufferWriter<byte> output)
    {
        output.Write(octets);
        if (!octets.IsEmpty) _last = octets[^1];
    }
}
