using System.Buffers;
using System.Text;

namespace Mta.Load.Sink;

/// <summary>
/// Where the content of one message after the other goes: nowhere, except for its first octets if its header is wanted, and for a file if it is
/// kept. Holds memory only while a message comes in, and never more than <see cref="HeadSize"/>.
/// </summary>
internal sealed class SinkBody(bool keepsHead, MailKeeper? keeper) : IBufferWriter<byte>, IDisposable
{
    // An id further down than this is not found: relays put a few hundred octets in front.
    private const int HeadSize = 16 * 1024;
    private const int ScratchSize = 16 * 1024;

    // The writer copies into it and calls Advance before anything else runs on this thread.
    [ThreadStatic]
    private static byte[]? t_scratch;

    private byte[]? _head;
    private int _headLength;
    private FileStream? _file;

    private static ReadOnlySpan<byte> Field => "\r\nX-Mta-Load:"u8;

    /// <summary>Starts a message; throws <see cref="IOException"/> if its file cannot be made.</summary>
    public void Begin()
    {
        if (keepsHead)
        {
            _head = ArrayPool<byte>.Shared.Rent(HeadSize);
            // so that a field in the first line has a line end in front of it too
            _head[0] = (byte)'\r';
            _head[1] = (byte)'\n';
            _headLength = 2;
        }
        _file = keeper?.Create();
    }

    /// <summary>The header section of the message, as far as it was kept, in whole lines; valid until <see cref="Drop"/>.</summary>
    public ReadOnlySpan<byte> Header
    {
        get
        {
            var lines = Lines;
            return lines[Math.Min(2, lines.Length)..];
        }
    }

    /// <summary>The header section with a line end in front.</summary>
    private ReadOnlySpan<byte> Lines
    {
        get
        {
            var head = _head.AsSpan(0, _headLength);
            int end = head.IndexOf("\r\n\r\n"u8);
            return head[..((end >= 0 ? end : Math.Max(0, head.LastIndexOf("\r\n"u8))) + 2)];
        }
    }

    /// <summary>The id of the message, or null; valid until <see cref="Drop"/>.</summary>
    public Tracer? FindTracer()
    {
        if (_head is null) return null;
        var head = Lines;
        int at = head.IndexOf(Field);
        if (at < 0) return null;
        var value = head[(at + Field.Length)..];
        int length = value.IndexOf("\r\n"u8);
        if (length is < 0 or > 100) return null;
        Span<char> text = stackalloc char[length];
        Encoding.Latin1.GetChars(value[..length], text);
        return Tracer.TryParse(text, out var tracer) ? tracer : null;
    }

    /// <summary>The message was accepted: its file goes to its place.</summary>
    public void Keep(KeptEnvelope envelope)
    {
        if (_file is not { } file) return;
        _file = null;
        keeper!.Keep(file, envelope);
    }

    /// <summary>Forgets the message.</summary>
    public void Drop()
    {
        if (_head is not null) ArrayPool<byte>.Shared.Return(_head);
        _head = null;
        if (_file is null) return;
        MailKeeper.Discard(_file);
        _file = null;
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => t_scratch ??= new byte[ScratchSize];

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Advance(int count)
    {
        if (_head is not null && _headLength < HeadSize)
        {
            int length = Math.Min(count, HeadSize - _headLength);
            t_scratch.AsSpan(0, length).CopyTo(_head.AsSpan(_headLength));
            _headLength += length;
        }
        _file?.Write(t_scratch!, 0, count);
    }

    public void Dispose() => Drop();
}
