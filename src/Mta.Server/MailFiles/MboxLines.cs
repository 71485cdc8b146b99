namespace Mta.Server.MailFiles;

/// <summary>Reads a file line by line, from any place; a line that is too long comes in pieces.</summary>
internal sealed class MboxLines(FileStream file)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start, _end, _length;

    /// <summary>The line with its end.</summary>
    public ReadOnlySpan<byte> Line => _buffer.AsSpan(_start, _length);

    /// <summary>Where the line begins in the file.</summary>
    public long Offset { get; private set; }

    /// <summary>Where the next one begins.</summary>
    public long Next => Offset + _length;

    /// <summary>The line is empty.</summary>
    public bool IsBlank => Line is [(byte)'\n'] or [(byte)'\r', (byte)'\n'];

    public void Seek(long offset)
    {
        file.Position = Offset = offset;
        _start = _end = _length = 0;
    }

    /// <summary>False at the end.</summary>
    public bool Read()
    {
        Offset += _length;
        _start += _length;
        int from = _start;
        while (true)
        {
            int end = _buffer.AsSpan(from, _end - from).IndexOf((byte)'\n');
            if (end >= 0)
            {
                _length = from + end + 1 - _start;
                return true;
            }
            if (_start > 0)
            {
                _buffer.AsSpan(_start.._end).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }
            from = _end;
            int read = _end == _buffer.Length ? 0 : file.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
            {
                _length = _end;
                return _length > 0;
            }
            _end += read;
        }
    }
}
