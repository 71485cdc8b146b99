using System.Buffers;
using System.Text;
using Mta.Protocol.Smtp.Client;

namespace Mta.Load;

/// <summary>
/// One message, ready for the wire but for its merge fields: line ends are CRLF, dots are doubled where DATA wants it. The last part
/// holds no field, is never copied when it is large, and is repeated or cut where the message has a size.
/// </summary>
internal sealed class MessageTemplate
{
    // lines of 76 octets that never begin with a dot; a multiple of whole lines, so that it can be repeated
    private const int FillerLine = 78;
    private static readonly byte[] Filler = MakeFiller();
    private const string Header = $"{Tracer.Field}: {{id}}\r\nDate: {{date}}\r\nFrom: <{{from}}>\r\nTo: <{{to}}>\r\nSubject: Load message {{n}}\r\n"
        + "Message-ID: <{id}@load.test>\r\nMIME-Version: 1.0\r\n";
    private const string PlainText = "Content-Type: text/plain; charset=us-ascii\r\n\r\n";

    // "=" and "_" beside each other are in no base64 and not in the filler (RFC 2045 §6.7)
    private const string Boundary = "=_load";
    private static readonly byte[] LineEnd = "\r\n"u8.ToArray(), LineEndAfterCut = "x\r\n"u8.ToArray();
    private static readonly byte[] TracerLine = Encoding.ASCII.GetBytes($"{Tracer.Field}: {{id}}\r\n");

    private readonly MergeText _head;
    private readonly MessageSize? _size;
    private readonly byte[] _end = LineEnd, _endAfterCut = LineEndAfterCut;

    private MessageTemplate(MergeText head, ReadOnlyMemory<byte> tail, MessageSize? size) => (_head, Tail, _size) = (head, tail, size);

    /// <summary>What follows the head.</summary>
    public ReadOnlyMemory<byte> Tail { get; }

    /// <summary>True where the message holds octets above 127 (RFC 6152).</summary>
    public bool IsEightBit { get; private init; }

    /// <summary>Octets that <see cref="WriteHead"/> needs, at most.</summary>
    public int MaxHead => _head.MaxLength;

    public static MessageTemplate Generated(MessageSize size) => new(MergeText.Parse(Encoding.ASCII.GetBytes(Header + PlainText)), Filler, size);

    /// <summary>The same with files behind the text; they come on top of the size.</summary>
    public static MessageTemplate Generated(MessageSize size, IReadOnlyList<Attachment> attachments) => new(size, Parts(attachments));

    private MessageTemplate(MessageSize size, byte[] parts) : this(MergeText.Parse(Encoding.ASCII.GetBytes(
        Header + $"Content-Type: multipart/mixed; boundary=\"{Boundary}\"\r\n\r\n--{Boundary}\r\n{PlainText}")), Filler, size) =>
        (_end, _endAfterCut) = ([.. LineEnd, .. parts], [.. LineEndAfterCut, .. parts]);

    private static byte[] Parts(IReadOnlyList<Attachment> attachments)
    {
        using var parts = new MemoryStream();
        foreach (var attachment in attachments)
        {
            parts.Write(Encoding.ASCII.GetBytes($"--{Boundary}\r\n"));
            attachment.Write(parts);
            parts.Write(LineEnd);
        }
        parts.Write(Encoding.ASCII.GetBytes($"--{Boundary}--\r\n"));
        return parts.ToArray();
    }

    /// <summary>Takes a message as a file holds it, with any line ends; the id goes in front of its header.</summary>
    public static MessageTemplate Of(byte[] message, bool stuffs, bool merges)
    {
        var wire = new ArrayBufferWriter<byte>(message.Length + 1024);
        var stuffer = new DotStuffer(stuffs);
        stuffer.Write(TracerLine, wire);
        // RFC 5321 §2.3.8: only CRLF goes over the wire, whatever a file has
        var rest = message.AsSpan();
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOfAny((byte)'\r', (byte)'\n');
            stuffer.Write(end < 0 ? rest : rest[..end], wire);
            stuffer.Write("\r\n"u8, wire);
            if (end < 0) break;
            rest = rest[(end + (rest[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }
        // without fields of its own, everything but the id is the part that is not copied
        int split = merges ? wire.WrittenSpan.LastIndexOf((byte)'}') + 1 : TracerLine.Length;
        return new(MergeText.Parse(wire.WrittenMemory[..split]), wire.WrittenMemory[split..], null)
        {
            IsEightBit = !Ascii.IsValid(message),
        };
    }

    public int WriteHead(Span<byte> target, in MergeValues values) => _head.Write(target, values);

    /// <summary>How much of the tail, repeated if need be, follows a head of so many octets in the message with this number, and what ends it.</summary>
    public (long Length, ReadOnlyMemory<byte> End) Fill(long number, int head)
    {
        if (_size is null) return (Tail.Length, default);
        // what is attached comes on top
        long length = Math.Max(0, _size.Of(number) - head - LineEnd.Length);
        // RFC 5321 §2.3.8: a cut behind a CR must not leave it alone
        return length % FillerLine == FillerLine - 1 ? (length - 1, _endAfterCut) : (length, _end);
    }

    private static byte[] MakeFiller()
    {
        const string text = "Load makes the slow parts of a mail system visible, one message at a time. ";
        byte[] filler = new byte[FillerLine * 800];
        for (int i = 0, letter = 0; i < filler.Length; i++)
            filler[i] = (i % FillerLine) switch
            {
                FillerLine - 2 => (byte)'\r',
                FillerLine - 1 => (byte)'\n',
                // a line that begins with a dot would have to be stuffed
                0 => (byte)('a' + i / FillerLine % 26),
                _ => (byte)text[letter++ % text.Length],
            };
        return filler;
    }
}
