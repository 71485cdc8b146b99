namespace Mta.Interop.Tests.Bench;

/// <summary>Reads lines, texts and counted octets from a connection, and changes none of them: a line ends with CRLF and nothing else.</summary>
internal sealed class WireReader(Stream stream)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start, _end;

    /// <summary>A line without its end, valid until the next call; null where the connection ends.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> Line(CancellationToken cancel)
    {
        int searched = 0;
        while (true)
        {
            int at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf("\r\n"u8);
            if (at >= 0)
            {
                var line = _buffer.AsMemory(_start, searched + at);
                _start += searched + at + 2;
                return line;
            }
            // a CR at the end may be half of what we look for
            searched = Math.Max(0, _end - _start - 1);
            if (!await Fill(cancel)) return null;
        }
    }

    /// <summary>A message up to the line with a single dot, unstuffed (RFC 5321 §4.5.2); null where the connection ends.</summary>
    public async ValueTask<byte[]?> Text(CancellationToken cancel)
    {
        using var text = new MemoryStream();
        while (await Line(cancel) is { } line)
        {
            if (line.Span.SequenceEqual("."u8)) return text.ToArray();
            text.Write(line.Span is [(byte)'.', ..] ? line.Span[1..] : line.Span);
            text.Write("\r\n"u8);
        }
        return null;
    }

    public async ValueTask<byte[]> Octets(int count, CancellationToken cancel)
    {
        byte[] octets = new byte[count];
        int buffered = Math.Min(count, _end - _start);
        _buffer.AsSpan(_start, buffered).CopyTo(octets);
        _start += buffered;
        await stream.ReadExactlyAsync(octets.AsMemory(buffered), cancel);
        return octets;
    }

    private async ValueTask<bool> Fill(CancellationToken cancel)
    {
        if (_start > 0) _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancel);
        _end += read;
        return read > 0;
    }
}
