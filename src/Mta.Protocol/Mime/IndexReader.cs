using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>Reads the pieces of an index (<see cref="MessageIndexCodec"/>). Once something is wrong, all that follows is nothing.</summary>
internal ref struct IndexReader(byte[] octets, int at)
{
    public const int HoldsNothing = 0, HoldsParts = 1, HoldsMessage = 2;

    /// <summary>What is added to a zone, in minutes, so that none is 0 or less.</summary>
    public const int ZoneBase = 1000;

    public delegate T Element<out T>(ref IndexReader reader);

    private int _at = at;
    private bool _isWrong;

    /// <summary>All was read, and nothing was wrong.</summary>
    public readonly bool IsComplete => !_isWrong && _at == octets.Length;

    public long Number()
    {
        ulong value = 0;
        for (int shift = 0; !_isWrong && shift < 63 && _at < octets.Length; shift += 7)
        {
            byte octet = octets[_at++];
            value |= (ulong)(octet & 0x7F) << shift;
            if (octet < 0x80) return (long)value;
        }
        _isWrong = true;
        return 0;
    }

    public MimeText Text()
    {
        long length = Number() - 1;
        if (length < 0) return default;
        if (length > octets.Length - _at)
        {
            _isWrong = true;
            return default;
        }
        var text = new MimeText(octets, _at, (int)length);
        _at += (int)length;
        return text;
    }

    public string? String()
    {
        var text = Text();
        return text.IsNil ? null : Encoding.UTF8.GetString(text.Octets);
    }

    /// <summary>An element has an octet at least, so a length that is wrong costs nothing.</summary>
    public IReadOnlyList<T> List<T>(Element<T> element)
    {
        long count = Number();
        if (count == 0) return [];
        if (count > octets.Length - _at)
        {
            _isWrong = true;
            return [];
        }
        var list = new T[count];
        for (int i = 0; i < list.Length && !_isWrong; i++) list[i] = element(ref this);
        return list;
    }

    public DateTimeOffset? Date()
    {
        long zone = Number();
        if (zone == 0) return null;
        long seconds = Number();
        try
        {
            return new(checked(seconds * TimeSpan.TicksPerSecond), TimeSpan.FromMinutes(zone - ZoneBase));
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            _isWrong = true;
            return null;
        }
    }

    public Envelope Envelope() => new()
    {
        Date = Text(),
        Subject = Text(),
        From = Addresses(),
        Sender = Addresses(),
        ReplyTo = Addresses(),
        To = Addresses(),
        Cc = Addresses(),
        Bcc = Addresses(),
        InReplyTo = Text(),
        MessageId = Text(),
    };

    /// <param name="within">The body of what encloses it; the message for the root.</param>
    /// <param name="depth">Of what encloses it.</param>
    public MimePart Part(MimeRange within, int depth)
    {
        _isWrong |= depth > MimeLimits.Depth + 1;
        if (_isWrong) return new();
        var header = Range(within.Offset + Number(), within);
        long headerLines = Number();
        var body = Range(header.End, within);
        long lines = Number(), holds = Number();
        return new()
        {
            Header = header,
            HeaderLines = headerLines,
            Body = body,
            BodyLines = lines,
            Type = Text(),
            Subtype = Text(),
            Parameters = Parameters(),
            ContentId = Text(),
            Description = Text(),
            TransferEncoding = Text(),
            Md5 = Text(),
            Disposition = Text(),
            DispositionParameters = Parameters(),
            Languages = List(static (ref IndexReader r) => r.Text()),
            Location = Text(),
            IsMultipart = holds == HoldsParts,
            Children = holds == HoldsParts ? List((ref IndexReader r) => r.Part(body, depth + 1)) : [],
            Message = holds == HoldsMessage ? new(Envelope(), Part(body, depth + 1)) : null,
        };
    }

    private MimeRange Range(long offset, MimeRange within)
    {
        long length = Number();
        if (offset >= within.Offset && offset <= within.End && length <= within.End - offset) return new(offset, length);
        _isWrong = true;
        return default;
    }

    private IReadOnlyList<MimeAddress> Addresses() => List(static (ref IndexReader r) => new MimeAddress(r.Text(), r.Text(), r.Text(), r.Text()));

    private IReadOnlyList<MimeParameter> Parameters() => List(static (ref IndexReader r) => new MimeParameter(r.Text(), r.Text()));
}
