using System.Text;

namespace Mta.Protocol.Smtp.Server;

/// <summary>Learns from a message that passes by what the envelope must know of it. Understands header fields by name only (RFC 5322 §2.2).</summary>
public sealed class MessageInspector
{
    private enum Place : byte { LineStart, BlankLine, Name, AfterName, Value, Body }

    private Place _place;
    private int _name;
    private bool _isReceived;

    private static ReadOnlySpan<byte> Received => "received"u8;

    /// <summary>Octets of the header section so far, the blank line that ends it included.</summary>
    public long HeaderLength { get; private set; }

    /// <summary>Received fields: how often the message was relayed (RFC 5321 §6.3).</summary>
    public int Hops { get; private set; }

    /// <summary>The header section holds octets above 127 (RFC 6532).</summary>
    public bool HeaderIsUtf8 { get; private set; }

    /// <summary>The message holds octets above 127.</summary>
    public bool IsEightBit { get; private set; }

    public void Reset()
    {
        _place = Place.LineStart;
        HeaderLength = 0;
        Hops = 0;
        HeaderIsUtf8 = false;
        IsEightBit = false;
    }

    /// <summary>Takes the next octets, cut anywhere.</summary>
    public void Inspect(ReadOnlySpan<byte> octets)
    {
        if (_place != Place.Body) octets = octets[InspectHeader(octets)..];
        if (!IsEightBit) IsEightBit = !Ascii.IsValid(octets);
    }

    private int InspectHeader(ReadOnlySpan<byte> octets)
    {
        int at = 0;
        while (at < octets.Length && _place != Place.Body)
        {
            byte b = octets[at];
            switch (_place)
            {
                case Place.LineStart when b == '\r':
                    _place = Place.BlankLine;
                    at++;
                    break;
                case Place.LineStart when b is (byte)' ' or (byte)'\t':
                    _place = Place.Value; // folded
                    break;
                case Place.LineStart:
                    (_place, _name, _isReceived) = (Place.Name, 0, true);
                    break;
                case Place.BlankLine:
                    _place = Place.Body;
                    if (b == '\n') at++;
                    break;
                case Place.Name or Place.AfterName when b == ':':
                    if (_isReceived && _name == Received.Length) Hops++;
                    _place = Place.Value;
                    break;
                // RFC 5322 §4.5: white space before the colon is obsolete, and still read
                case Place.Name or Place.AfterName when b is (byte)' ' or (byte)'\t':
                    _place = Place.AfterName;
                    at++;
                    break;
                case Place.Name when b is > 32 and < 127:
                    _isReceived &= _name < Received.Length && (b | 0x20) == Received[_name];
                    _name++;
                    at++;
                    break;
                case Place.Name or Place.AfterName:
                    _place = Place.Body; // not a field: the header section ended without a blank line
                    break;
                default:
                    at += InspectValue(octets[at..]);
                    break;
            }
        }
        HeaderLength += at;
        return at;
    }

    private int InspectValue(ReadOnlySpan<byte> octets)
    {
        int end = octets.IndexOf((byte)'\n');
        int length = end < 0 ? octets.Length : end + 1;
        if (!Ascii.IsValid(octets[..length])) HeaderIsUtf8 = IsEightBit = true;
        if (end >= 0) _place = Place.LineStart;
        return length;
    }
}
