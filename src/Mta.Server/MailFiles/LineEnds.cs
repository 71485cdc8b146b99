namespace Mta.Server.MailFiles;

/// <summary>Octets that go on to another stream, changed.</summary>
internal abstract class OctetFilter : Stream
{
    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public sealed override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public sealed override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public sealed override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}

/// <summary>Each line ends with CRLF, as in a message (RFC 5322 §2.3): a bare LF gets a CR, CRLF stays.</summary>
internal sealed class CrlfFilter(Stream output) : OctetFilter
{
    private bool _wasCr;

    public override void Write(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            int end = octets.IndexOf((byte)'\n');
            var line = end < 0 ? octets : octets[..end];
            output.Write(line);
            if (!line.IsEmpty) _wasCr = line[^1] == '\r';
            if (end < 0) return;
            output.Write(_wasCr ? "\n"u8 : "\r\n"u8);
            _wasCr = false;
            octets = octets[(end + 1)..];
        }
    }
}

/// <summary>Each line ends with LF, as in files: CRLF becomes LF. A CR at the very end goes on with <see cref="Stream.Flush"/>.</summary>
internal sealed class LfFilter(Stream output) : OctetFilter
{
    private bool _hasCr;

    public override void Write(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_hasCr && octets[0] != '\n') output.WriteByte((byte)'\r');
            _hasCr = false;
            int cr = octets.IndexOf((byte)'\r');
            if (cr < 0)
            {
                output.Write(octets);
                return;
            }
            output.Write(octets[..cr]);
            _hasCr = true;
            octets = octets[(cr + 1)..];
        }
    }

    public override void Flush()
    {
        if (_hasCr) output.WriteByte((byte)'\r');
        _hasCr = false;
    }
}

/// <summary>Sees whether CRLF can become LF and CRLF again: there is no LF without a CR before it, and no CR before a CRLF.</summary>
internal sealed class LineEndWatch
{
    private byte _last, _beforeLast;

    public bool IsPlain { get; private set; } = true;

    public void Add(ReadOnlySpan<byte> octets)
    {
        foreach (byte octet in octets)
        {
            if (octet == '\n' && (_last != '\r' || _beforeLast == '\r')) IsPlain = false;
            (_beforeLast, _last) = (_last, octet);
        }
    }
}
