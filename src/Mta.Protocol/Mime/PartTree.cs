namespace Mta.Protocol.Mime;

/// <summary>The parts of a message as they open and close, one within the other, and the boundaries between them.</summary>
internal sealed class PartTree
{
    private readonly List<OpenPart> _open = [];
    private readonly Boundaries _boundaries = new();
    private int _parts, _addresses, _headers;
    private MimePart? _root;

    /// <summary>A line may be a delimiter.</summary>
    public bool HasBoundaries => _boundaries.Count > 0;

    public OpenPart Innermost => _open[^1];

    /// <summary>Octets of the header section that comes next which are to be kept.</summary>
    public int HeaderRoom => Math.Min(MimeLimits.Header, MimeLimits.Headers - _headers);

    public int Match(ReadOnlySpan<byte> line, out bool isClosing) => _boundaries.Match(line, out isClosing);

    /// <summary>A part begins in the innermost one: a message in a message, a part in a multipart.</summary>
    public void Open(long offset, long line)
    {
        bool isMessage = _open.Count == 0 || !Innermost.IsMultipart;
        _open.Add(new(new(inDigest: !isMessage && Innermost.Fields.IsDigest), isMessage ? new() : null, offset, line));
        // what follows the last part that is looked at belongs to it
        if (++_parts == MimeLimits.Parts) _boundaries.Clear();
    }

    /// <summary>The header of the innermost part is over.</summary>
    /// <returns>True when a message begins behind it.</returns>
    public bool EndHeader(ReadOnlySpan<byte> header, long offset, long line)
    {
        var part = Innermost;
        part.EndHeader(offset, line);
        _headers += header.Length;
        var fields = new HeaderFields(header);
        while (fields.Next())
        {
            if (fields.Name.Length >= 10 && (fields.Name[0] | 0x20) == 'c') part.Fields.Add(fields);
            else part.Envelope?.Add(fields, MimeLimits.Addresses - _addresses - part.Envelope.Addresses);
        }
        _addresses += part.Envelope?.Addresses ?? 0;

        bool isMessage = part.Fields.IsMessage;
        if (!isMessage && !part.Fields.IsMultipart) return false;
        if (_open.Count > MimeLimits.Depth || _parts >= MimeLimits.Parts)
        {
            part.Fields.MakeOpaque();
            return false;
        }
        if (isMessage) return true;
        part.IsMultipart = true;
        if (part.Fields.Boundary is { } boundary) _boundaries.Push(boundary, _open.Count - 1);
        return false;
    }

    /// <summary>A delimiter of the open part <paramref name="owner"/>: all within it ends.</summary>
    public void Delimit(int owner, bool isClosing, long end, long endLine)
    {
        while (_open.Count - 1 > owner) Close(end, endLine);
        _boundaries.CloseAbove(owner, andItself: isClosing);
    }

    public (MimePart Root, EnvelopeFields Fields) End(long end, long endLine)
    {
        var fields = _open[0].Envelope!;
        while (_open.Count > 0) Close(end, endLine);
        var root = _root!;
        _boundaries.Clear();
        (_root, _parts, _addresses, _headers) = (null, 0, 0, 0);
        return (root, fields);
    }

    private void Close(long end, long endLine)
    {
        var part = Innermost;
        _open.RemoveAt(_open.Count - 1);
        var closed = part.Close(end, endLine);
        if (_open.Count == 0) _root = closed;
        else
        {
            Innermost.Add(closed);
            if (part.Envelope is not null) Innermost.Inner = part.Envelope.ToEnvelope();
        }
    }
}
