using System.Buffers;

namespace Mta.Protocol.Pop3;

/// <summary>
/// Turns a message, given in any pieces, into a multi-line response (RFC 1939 §3): octets as they are stored, a dot more in front of each line that begins
/// with one, and a CRLF at the end where it is missing. A LF alone becomes CRLF: clients that take it for the end of a line must not find the end of the
/// message behind it. A CR alone, which ends no line for anyone, stays. For TOP it stops after some lines of the body.
/// </summary>
/// <param name="lines">Of the body; the header and the blank line behind it are always there.</param>
public struct DotStuffing(long lines)
{
    private enum Place : byte { LineStart, AfterOneCr, InLine }

    private Place _place;
    private bool _afterCr, _inBody;
    private long _rest = lines;

    /// <summary>The whole message.</summary>
    public const long All = long.MaxValue;

    /// <summary>Writes what is to be sent of the next piece; false once there is no more to be sent of the message.</summary>
    public bool Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        int clean = 0; // from here on, nothing is written yet
        int at = 0;
        while (at < piece.Length)
        {
            if (_place == Place.LineStart)
            {
                if (_inBody && _rest == 0) break;
                if (piece[at] == '.')
                {
                    output.Write(piece[clean..at]);
                    output.Write("."u8);
                    clean = at;
                }
            }
            int lf = piece[at..].IndexOf((byte)'\n');
            var text = lf < 0 ? piece[at..] : piece.Slice(at, lf);
            if (!text.IsEmpty)
            {
                _place = _place == Place.LineStart && text is [(byte)'\r'] ? Place.AfterOneCr : Place.InLine;
                _afterCr = text[^1] == '\r';
            }
            at += text.Length;
            if (lf < 0) break;
            if (!_afterCr)
            {
                output.Write(piece[clean..at]);
                output.Write("\r"u8);
                clean = at;
            }
            at++;
            EndLine();
        }
        output.Write(piece[clean..at]);
        return !(_inBody && _rest == 0 && _place == Place.LineStart);
    }

    /// <summary>Ends the last line where the message does not, and then the response.</summary>
    public readonly void Finish(IBufferWriter<byte> output)
    {
        if (_place != Place.LineStart) output.Write("\r\n"u8);
        output.Write(".\r\n"u8);
    }

    private void EndLine()
    {
        if (_inBody) _rest--;
        else _inBody = _place != Place.InLine; // RFC 5322 §2.1: a blank line ends the header
        (_place, _afterCr) = (Place.LineStart, false);
    }
}
