using System.Buffers;
using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>
/// Goes through the text of a message that can be searched: its decoded text parts, and its header and those of its parts. Reads the message in pieces, in bounded
/// memory, and only those octets that can matter. One after the other: <see cref="Begin"/> each.
/// </summary>
internal sealed class TextWalk(TextWindow window, bool headers)
{
    // what a decoder makes of so many octets is searched at once
    private const int Step = 4096;

    private readonly record struct Source(MimeRange Range, MimePart? Text);

    private readonly List<Source> _sources = [];
    private readonly ArrayBufferWriter<byte> _octets = new(Step);
    private int _next;
    private long _taken;
    private BodyDecoder? _body;
    private Decoder? _charset;

    /// <summary>Starts with the next message.</summary>
    public void Begin(MessageIndex index)
    {
        _sources.Clear();
        _octets.ResetWrittenCount();
        window.Reset();
        (_next, _taken, _body) = (0, 0, null);
        Collect(index.Root);
    }

    /// <summary>The octets that are wanted next, all or the first of them; of length 0 when the answer is known.</summary>
    public MimeRange Wanted
    {
        get
        {
            if (window.IsOver || _next == _sources.Count) return default;
            var range = _sources[_next].Range;
            return new(range.Offset + _taken, range.Length - _taken);
        }
    }

    /// <summary>The first octets of <see cref="Wanted"/>; not more.</summary>
    public void Add(ReadOnlySpan<byte> octets)
    {
        var source = _sources[_next];
        _taken += octets.Length;
        bool isEnd = _taken == source.Range.Length;
        if (source.Text is null) AddHeader(octets, isEnd);
        else AddText(source.Text, octets, isEnd);
        if (isEnd) (_next, _taken, _body) = (_next + 1, 0, null);
    }

    /// <summary>In the order of the message.</summary>
    private void Collect(MimePart part)
    {
        if (headers && part.Header.Length > 0) _sources.Add(new(part.Header with { Length = Math.Min(part.Header.Length, MimeLimits.Header) }, null));
        if (part.Message is { } message) Collect(message.Root);
        else if (part.IsMultipart) foreach (var child in part.Children) Collect(child);
        else if (part.IsText && part.Body.Length > 0) _sources.Add(new(part.Body, part));
    }

    /// <summary>Encoded words may be cut anywhere, so a header is read as a whole.</summary>
    private void AddHeader(ReadOnlySpan<byte> octets, bool isEnd)
    {
        if (!isEnd || _octets.WrittenCount > 0)
        {
            _octets.Write(octets);
            if (!isEnd) return;
            octets = _octets.WrittenSpan;
        }
        var fields = new HeaderFields(octets);
        while (fields.Next() && !window.IsOver)
        {
            window.AddHeader(fields.Name);
            window.Add(": ");
            window.AddHeader(fields.Value.Trim(" \t\r\n"u8));
            window.Add("\n");
        }
        window.Break();
        _octets.ResetWrittenCount();
    }

    private void AddText(MimePart part, ReadOnlySpan<byte> octets, bool isEnd)
    {
        if (_body is null)
        {
            // an encoding that nobody knows is searched as it stands
            _body = BodyDecoder.For(part) ?? new IdentityDecoder();
            _charset = Charset.Of(part).GetDecoder();
        }
        if (_body.IsIdentity) window.Add(octets, _charset!, isEnd);
        else AddEncoded(octets, isEnd);
        if (isEnd) window.Break();
    }

    private void AddEncoded(ReadOnlySpan<byte> octets, bool isEnd)
    {
        while (!octets.IsEmpty && !window.IsOver)
        {
            var piece = octets[..Math.Min(octets.Length, Step)];
            octets = octets[piece.Length..];
            _body!.Decode(piece, _octets);
            if (isEnd && octets.IsEmpty) _body.Finish(_octets);
            window.Add(_octets.WrittenSpan, _charset!, isEnd && octets.IsEmpty);
            _octets.ResetWrittenCount();
        }
    }
}
