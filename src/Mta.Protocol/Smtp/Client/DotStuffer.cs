using System.Buffers;

namespace Mta.Protocol.Smtp.Client;

/// <summary>
/// Turns a message, given in any pieces, into what may follow DATA: a dot in front of each line that begins with one (RFC 5321 §4.5.2), a
/// CRLF at the end where it is missing. A CR or LF that does not belong to a CRLF is refused, never sent and never repaired: what one
/// server takes for the end of a line and another does not is how messages are smuggled (RFC 5321 §2.3.8). Without stuffing, it does
/// the same for a text that goes by BDAT.
/// </summary>
public struct DotStuffer(bool stuffs)
{
    private bool _inLine;
    private bool _afterCr;

    /// <summary>Writes the wire form of the next piece. False when it holds a bare CR or LF: then nothing more may be sent.</summary>
    public bool Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        int clean = 0; // from here on, nothing is written yet
        int at = 0;
        while (at < piece.Length)
        {
            if (_afterCr)
            {
                if (piece[at] != '\n') return false;
                (_afterCr, _inLine) = (false, false);
                at++;
                continue;
            }
            if (!_inLine && stuffs && piece[at] == '.')
            {
                output.Write(piece[clean..at]);
                output.Write("."u8);
                clean = at;
            }
            _inLine = true;
            int end = piece[at..].IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0) break;
            at += end;
            if (piece[at] == '\n') return false;
            _afterCr = true;
            at++;
        }
        output.Write(piece[clean..]);
        return true;
    }

    /// <summary>Ends the last line where the message does not. False when the message ends in a bare CR.</summary>
    public readonly bool Finish(IBufferWriter<byte> output)
    {
        if (_afterCr) return false;
        if (_inLine) output.Write("\r\n"u8);
        return true;
    }
}
