namespace Mta.Protocol.Smtp.Server;

/// <summary>
/// Turns what follows DATA into the message: finds the end, takes the stuffed dots away, and holds on to the rule that a line ends
/// in CRLF and in nothing else (RFC 5321 §2.3.8, §4.1.1.4, §4.5.2). Also checks the text of BDAT, which has no dots. Keeps its place
/// between any two octets; allocates nothing.
/// </summary>
public sealed class DataDecoder(BareNewlines bareNewlines, long maxLine)
{
    private const byte Cr = (byte)'\r', Lf = (byte)'\n';

    private enum Place : byte { LineStart, Dot, DotCr, Text, TextCr }

    private Place _place;
    private bool _stuffed;
    private long _line;

    /// <summary>Begins a message; the CRLF of the command stands for the one before the first line (RFC 5321 §4.1.1.4).</summary>
    /// <param name="stuffed">True for DATA, false for BDAT.</param>
    public void Begin(bool stuffed)
    {
        _place = Place.LineStart;
        _stuffed = stuffed;
        _line = 0;
    }

    /// <summary>Hands <paramref name="input"/> on to <paramref name="message"/>; true when its end was reached, which only DATA has.</summary>
    /// <param name="consumed">Octets taken: all, or up to the end of the message.</param>
    public bool Decode(ReadOnlySpan<byte> input, IncomingMessage message, out int consumed)
    {
        int run = 0; // the first octet that was not handed on
        int at = 0;
        while (at < input.Length)
        {
            byte b = input[at];
            switch (_place)
            {
                case Place.LineStart when _stuffed && b == '.':
                    message.Append(input[run..at]);
                    run = ++at;
                    _place = Place.Dot;
                    break;
                case Place.Dot when b == Cr:
                    run = ++at;
                    _place = Place.DotCr;
                    break;
                // RFC 5321 §4.1.1.4: CRLF "." CRLF is the end, and nothing that merely looks like it
                case Place.DotCr when b == Lf:
                    consumed = at + 1;
                    return true;
                case Place.TextCr when b == Lf:
                    message.Append("\r\n"u8);
                    run = ++at;
                    _line = 0;
                    _place = Place.LineStart;
                    break;
                case Place.DotCr or Place.TextCr:
                    BareNewline(message);
                    _place = Place.Text;
                    break;
                default:
                    at = SkipText(input, at, ref run, message);
                    break;
            }
        }
        message.Append(input[run..]);
        consumed = input.Length;
        return false;
    }

    /// <summary>BDAT LAST: a text that does not end in CRLF gets one, for the next hop may not take BDAT.</summary>
    public void Finish(IncomingMessage message)
    {
        if (_place == Place.TextCr) BareNewline(message);
        if (_line > 0) message.Append("\r\n"u8);
    }

    /// <summary>Goes over octets within a line, up to and with its end, or to the end of the input.</summary>
    private int SkipText(ReadOnlySpan<byte> input, int at, ref int run, IncomingMessage message)
    {
        _place = Place.Text;
        int length = input[at..].IndexOfAny(Cr, Lf);
        _line += length < 0 ? input.Length - at : length;
        if (maxLine > 0 && _line > maxLine) message.Refuse(SmtpServerReplies.LineTooLong);
        if (length < 0) return input.Length;

        at += length;
        if (input[at] == Cr && at + 1 < input.Length && input[at + 1] == Lf)
        {
            _line = 0;
            _place = Place.LineStart;
            return at + 2;
        }
        message.Append(input[run..at]);
        run = at + 1;
        if (input[at] == Cr && run == input.Length) _place = Place.TextCr;
        else BareNewline(message);
        return run;
    }

    // RFC 5321 §2.3.8. The next octet is never at the start of a line in the sense of dot-stuffing: Place stays Text.
    private void BareNewline(IncomingMessage message)
    {
        if (bareNewlines == BareNewlines.Refuse) message.Refuse(SmtpServerReplies.BareNewline);
        else message.Append("\r\n"u8);
        _line = 0;
    }
}
