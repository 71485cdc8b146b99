using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>
/// Reads a message once, in pieces of any size, and makes its index. Needs memory for one header (<see cref="MimeLimits.Header"/>) and what the index keeps,
/// however large the message is, and time in proportion to its octets. Never fails: whatever the octets are, they are a message. A line ends with LF or CRLF.
/// </summary>
public sealed class MimeScanner
{
    private enum Place : byte
    {
        Header,
        Body,

        /// <summary>Behind a delimiter, up to the end of its line: then a part begins.</summary>
        Delimiter,
    }

    private readonly PartTree _tree = new();
    private readonly ArrayBufferWriter<byte> _header = new(2048);
    private readonly byte[] _head = new byte[Boundaries.LongestLine];
    private int _headLength;
    private Place _place;
    private bool _isLineStart;
    private bool _endsWithCr;
    private int _lineEnd;
    private long _offset;
    private long _lines;

    public MimeScanner() => Begin();

    /// <summary>The next octets of the message.</summary>
    public void Add(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty) octets = octets[(_isLineStart ? TakeLineStart(octets) : TakeLine(octets))..];
    }

    /// <summary>The message ends here. The scanner can begin another afterwards.</summary>
    public MessageIndex Finish()
    {
        if (_headLength > 0) DecideHead();
        if (_place == Place.Delimiter) BeginPart();
        if (_place == Place.Header) EndHeader(_offset, _lines, mayGoOn: false);
        var (size, lines) = (_offset, _lines);
        var (root, fields) = _tree.End(size, lines);
        Begin();
        return IndexKeys.Make(size, lines, root, fields);
    }

    /// <summary>The index of a message that is at hand as a whole.</summary>
    public static MessageIndex Scan(ReadOnlySpan<byte> message)
    {
        var scanner = new MimeScanner();
        scanner.Add(message);
        return scanner.Finish();
    }

    private void Begin()
    {
        (_offset, _lines, _headLength, _endsWithCr) = (0, 0, 0, false);
        BeginPart();
    }

    private void BeginPart() => BeginPart(_offset, _lines);

    private void BeginPart(long offset, long line)
    {
        _tree.Open(offset, line);
        _header.ResetWrittenCount();
        (_place, _isLineStart) = (Place.Header, true);
    }

    /// <summary>Where a line begins, its first octets say what it is; they are put by until they are enough for that.</summary>
    private int TakeLineStart(ReadOnlySpan<byte> octets)
    {
        if (_headLength == 0 && IsEnough(octets)) return Decide(octets);
        int taken = 0;
        while (taken < octets.Length && !IsEnough(_head.AsSpan(0, _headLength))) _head[_headLength++] = octets[taken++];
        if (IsEnough(_head.AsSpan(0, _headLength))) DecideHead();
        return taken;
    }

    /// <summary>True when these first octets of a line decide, whatever follows.</summary>
    private bool IsEnough(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty) return false;
        if (line[0] == '-' && _tree.HasBoundaries)
            return line.Length > 1 && line[1] != '-' || line.Length >= Boundaries.LongestLine || line.Contains((byte)'\n');
        return _place != Place.Header || line[0] != '\r' || line.Length > 1;
    }

    /// <summary>What was put by is no longer in the input, so the line is taken from here.</summary>
    private void DecideHead()
    {
        ReadOnlySpan<byte> line = _head.AsSpan(0, _headLength);
        _headLength = 0;
        line = line[Decide(line)..];
        while (!line.IsEmpty) line = line[TakeLine(line)..];
    }

    /// <summary>A delimiter, the end of a header, or a line like others.</summary>
    /// <returns>How many of the octets are done with.</returns>
    private int Decide(ReadOnlySpan<byte> line)
    {
        _isLineStart = false;
        if (line[0] == '-' && _tree.HasBoundaries)
        {
            line = line[..Math.Min(line.Length, Boundaries.LongestLine)];
            int end = line.IndexOf((byte)'\n');
            int owner = _tree.Match(end < 0 ? line : line[..end], out bool isClosing);
            if (owner >= 0) Delimit(owner, isClosing);
            return 0;
        }
        if (_place != Place.Header || line[0] != '\n' && !line.StartsWith("\r\n"u8)) return 0;
        int length = line[0] == '\n' ? 1 : 2;
        Pass(line[..length]);
        EndHeader(_offset, _lines, mayGoOn: true);
        return length;
    }

    private int TakeLine(ReadOnlySpan<byte> octets)
    {
        if (_place == Place.Body) return TakeBody(octets);
        int end = octets.IndexOf((byte)'\n');
        var line = end < 0 ? octets : octets[..(end + 1)];
        if (_place == Place.Header) _header.Write(line[..Math.Min(line.Length, _tree.HeaderRoom - _header.WrittenCount)]);
        Pass(line);
        if (end >= 0 && _place == Place.Delimiter) BeginPart();
        else _isLineStart = end >= 0;
        return line.Length;
    }

    /// <summary>Up to a line that could be a delimiter.</summary>
    private int TakeBody(ReadOnlySpan<byte> octets)
    {
        if (_tree.HasBoundaries)
        {
            int end = octets.IndexOf("\n--"u8);
            if (end >= 0) octets = octets[..(end + 1)];
            else if (octets.EndsWith("\n-"u8)) octets = octets[..^1];
            _isLineStart = octets[^1] == '\n';
        }
        Pass(octets);
        return octets.Length;
    }

    private void Pass(ReadOnlySpan<byte> octets)
    {
        if (octets[^1] == '\n') _lineEnd = (octets.Length > 1 ? octets[^2] == '\r' : _endsWithCr) ? 2 : 1;
        _endsWithCr = octets[^1] == '\r';
        _lines += octets.Count((byte)'\n');
        _offset += octets.Length;
    }

    /// <param name="mayGoOn">More octets belong to what is open; otherwise a message that begins here is an empty one.</param>
    private void EndHeader(long offset, long line, bool mayGoOn)
    {
        while (_tree.EndHeader(_header.WrittenSpan, offset, line))
        {
            BeginPart(offset, line);
            if (mayGoOn) return;
        }
        (_place, _isLineStart) = (Place.Body, true);
    }

    private void Delimit(int owner, bool isClosing)
    {
        // RFC 2046 §5.1.1: the line end in front of the delimiter belongs to it, unless it is that of the empty line, without which there would be no header
        bool isHeader = _place == Place.Header;
        bool hasEnd = _offset > (isHeader ? _tree.Innermost.Start : _tree.Innermost.BodyStart);
        var (end, endLine) = hasEnd ? (_offset - _lineEnd, _lines - 1) : (_offset, _lines);
        if (isHeader) EndHeader(end, endLine, mayGoOn: false);
        _tree.Delimit(owner, isClosing, end, endLine);
        (_place, _isLineStart) = (isClosing ? Place.Body : Place.Delimiter, false);
    }
}
