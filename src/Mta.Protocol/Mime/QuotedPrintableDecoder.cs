using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>RFC 2045 §6.7. What stands at the end of a piece and may mean something else with what follows is put by.</summary>
internal sealed class QuotedPrintableDecoder : BodyDecoder
{
    // white space before a line end means nothing; a longer run is taken for text, however the line ends
    private const int MostPending = 256;
    private static readonly SearchValues<byte> Text = SearchValues.Create([.. Enumerable.Range(33, 94).Where(c => c != '=').Select(c => (byte)c)]);

    private readonly byte[] _pending = new byte[MostPending + 2];
    private int _count;

    private bool IsEscape => _count > 0 && _pending[0] == '=';

    protected override void Take(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        for (int at = 0; at < input.Length;)
        {
            if (_count == 0)
            {
                int text = input[at..].IndexOfAnyExcept(Text);
                if (text < 0) text = input.Length - at;
                output.Write(input.Slice(at, text));
                at += text;
                if (at == input.Length) break;
            }
            // an octet that is put by and turns out to be text of its own is looked at again
            if (IsEscape ? TakeEscaped(input[at], Offset + at, output) : TakeSpace(input[at], Offset + at, output)) at++;
        }
    }

    public override void Finish(IBufferWriter<byte> output)
    {
        if (IsEscape && _count == 1) Report(Offset); // a soft line break before nothing
        else if (IsEscape && _pending[1] is not ((byte)' ' or (byte)'\t' or (byte)'\r'))
        {
            Report(Offset - _count);
            Flush(output);
        }
        else if (!IsEscape && _count > 0 && _pending[_count - 1] == '\r') Flush(output);
        _count = 0;
    }

    /// <summary>White space, a line end, an equals sign, or an octet that does not belong here. True when the octet is done with.</summary>
    private bool TakeSpace(byte b, long offset, IBufferWriter<byte> output)
    {
        bool endsWithCr = _count > 0 && _pending[_count - 1] == '\r';
        switch (b)
        {
            case (byte)'\n':
                // rule 3: white space at the end of a line is not the writer's
                output.Write(endsWithCr ? "\r\n"u8 : "\n"u8);
                _count = 0;
                return true;
            case (byte)' ' or (byte)'\t' or (byte)'\r' when !endsWithCr && _count < MostPending:
                _pending[_count++] = b;
                return true;
        }
        if (_count > 0)
        {
            if (endsWithCr) Report(offset - 1);
            Flush(output);
            return false;
        }
        if (b == '=')
        {
            _pending[_count++] = b;
            return true;
        }
        Report(offset); // 8-bit, or a control character
        output.Write([b]);
        return true;
    }

    /// <summary>Behind an equals sign: two digits, or a line end with white space before it.</summary>
    private bool TakeEscaped(byte b, long offset, IBufferWriter<byte> output)
    {
        bool isSoft = _count > 1 && _pending[1] is (byte)' ' or (byte)'\t' or (byte)'\r';
        if (b == '\n' && (_count == 1 || isSoft))
        {
            _count = 0;
            return true;
        }
        bool endsWithCr = _pending[_count - 1] == '\r';
        if (b is (byte)' ' or (byte)'\t' or (byte)'\r' && (_count == 1 || isSoft) && !endsWithCr && _count < MostPending)
        {
            _pending[_count++] = b;
            return true;
        }
        if (!isSoft && char.IsAsciiHexDigit((char)b))
        {
            _pending[_count++] = b;
            if (_count < 3) return true;
            // small letters are wrong, and everybody reads them
            output.Write([(byte)(Digit(_pending[1]) << 4 | Digit(_pending[2]))]);
            _count = 0;
            return true;
        }
        // RFC 2045 §6.7, note: what is no escape is shown as it is
        Report(offset - _count);
        Flush(output);
        return false;
    }

    private static int Digit(byte b) => b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10;

    private void Flush(IBufferWriter<byte> output)
    {
        output.Write(_pending.AsSpan(0, _count));
        _count = 0;
    }
}
