using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Mta.Protocol.Addresses;
using Mta.Protocol.Text;

namespace Mta.Protocol.Smtp.Server;

/// <summary>Reads the values of the parameters of MAIL and RCPT, each as its extension's RFC says; false for a bad one.</summary>
internal static class ParameterValues
{
    // RFC 3461 §4.4: 100 characters; §4.2: 500; RFC 4954 §3: 500
    private const int MaxEnvelopeId = 100, MaxOriginalRecipient = 500, MaxSubmitter = 500;

    public static bool Number(ReadOnlySpan<byte> value, int maxDigits, out long? number)
    {
        number = null;
        if (value.IsEmpty || value.Length > maxDigits || value.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0) return false;
        // RFC 1870 §6 allows 20 digits; what is beyond a long is too big in any case
        number = Utf8Parser.TryParse(value, out long parsed, out _) ? parsed : long.MaxValue;
        return true;
    }

    public static bool Body(ReadOnlySpan<byte> value, SmtpExtensions offered, out BodyType body)
    {
        body = Ascii.EqualsIgnoreCase(value, "8BITMIME"u8) ? BodyType.EightBitMime
            : Ascii.EqualsIgnoreCase(value, "BINARYMIME"u8) ? BodyType.BinaryMime
            : BodyType.SevenBit;
        return body switch
        {
            BodyType.SevenBit => Ascii.EqualsIgnoreCase(value, "7BIT"u8),
            BodyType.BinaryMime => offered.HasFlag(SmtpExtensions.BinaryMime),
            _ => true,
        };
    }

    public static bool Return(ReadOnlySpan<byte> value, out DsnReturn ret)
    {
        ret = Ascii.EqualsIgnoreCase(value, "FULL"u8) ? DsnReturn.Full
            : Ascii.EqualsIgnoreCase(value, "HDRS"u8) ? DsnReturn.Headers
            : DsnReturn.Unspecified;
        return ret != DsnReturn.Unspecified;
    }

    public static bool EnvelopeId(ReadOnlySpan<byte> value, out string? id)
    {
        id = null;
        if (value.Length is 0 or > MaxEnvelopeId || !Xtext.IsValid(value)) return false;
        id = Encoding.ASCII.GetString(value);
        return true;
    }

    /// <summary>RFC 4954 §5: xtext that stands for a mailbox or for "&lt;&gt;"; with its 500 octets it is as long as a path can be.</summary>
    public static bool Submitter(ReadOnlySpan<byte> value, out string? auth)
    {
        auth = null;
        if (value.Length is 0 or > MaxSubmitter || !Xtext.IsValid(value)) return false;
        string text = Encoding.ASCII.GetString(value);
        if (text != "<>")
        {
            if (Xtext.Decode(text) is not { } mailbox) return false;
            byte[] path = Encoding.UTF8.GetBytes($"<{mailbox}>");
            if (AddressParser.ParseReversePath(path, utf8: true, out _, out int length) != AddressError.None || length != path.Length) return false;
        }
        auth = text;
        return true;
    }

    // RFC 2852 §4: by-time ";" by-mode [by-trace]
    public static bool By(ReadOnlySpan<byte> value, out DeliverBy? by)
    {
        by = null;
        int semicolon = value.IndexOf((byte)';');
        if (semicolon < 0) return false;
        var time = value[..semicolon];
        var mode = value[(semicolon + 1)..];
        bool negative = time.Length > 0 && time[0] == '-';
        if (time.Length > 0 && time[0] is (byte)'-' or (byte)'+') time = time[1..];
        if (!Number(time, 9, out var seconds) || mode.Length is 0 or > 2) return false;
        if ((mode[0] | 0x20) is not ('n' or 'r') || (mode.Length == 2 && (mode[1] | 0x20) != 't')) return false;
        bool isReturn = (mode[0] | 0x20) == 'r';
        // RFC 2852 §4: a deadline that has passed makes no sense where the message is to be returned
        if (isReturn && (negative || seconds == 0)) return false;
        by = new(negative ? -seconds!.Value : seconds!.Value, isReturn, mode.Length == 2);
        return true;
    }

    // RFC 4865 §4: date-time of RFC 3339
    public static bool Time(ReadOnlySpan<byte> value, out DateTimeOffset? time)
    {
        time = null;
        if (value.Length > 32 || !Ascii.IsValid(value)) return false;
        if (!DateTimeOffset.TryParseExact(Encoding.ASCII.GetString(value), "yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out var parsed)) return false;
        time = parsed;
        return true;
    }

    // RFC 6710 §4.1: priority-value = (["-"] NZDIGIT) / "0"
    public static bool Priority(ReadOnlySpan<byte> value, out int priority)
    {
        bool negative = value.Length == 2 && value[0] == '-';
        if (negative) value = value[1..];
        priority = value.Length == 1 && value[0] is >= (byte)'0' and <= (byte)'9' ? value[0] - '0' : -1;
        if (priority < 0 || (negative && priority == 0)) return false;
        if (negative) priority = -priority;
        return true;
    }

    // RFC 3461 §4.1: NEVER stands alone
    public static bool Notify(ReadOnlySpan<byte> value, out DsnNotify notify)
    {
        notify = DsnNotify.Unspecified;
        if (Ascii.EqualsIgnoreCase(value, "NEVER"u8))
        {
            notify = DsnNotify.Never;
            return true;
        }
        foreach (var range in value.Split((byte)','))
        {
            var item = value[range];
            var flag = Ascii.EqualsIgnoreCase(item, "SUCCESS"u8) ? DsnNotify.Success
                : Ascii.EqualsIgnoreCase(item, "FAILURE"u8) ? DsnNotify.Failure
                : Ascii.EqualsIgnoreCase(item, "DELAY"u8) ? DsnNotify.Delay
                : DsnNotify.Unspecified;
            if (flag == DsnNotify.Unspecified || notify.HasFlag(flag)) return false;
            notify |= flag;
        }
        return true;
    }

    // RFC 3461 §4.2: addr-type ";" xtext; RFC 6533 §3 for the type utf-8
    public static bool OriginalRecipient(ReadOnlySpan<byte> value, bool utf8, out string? original)
    {
        original = null;
        int semicolon = value.IndexOf((byte)';');
        if (semicolon <= 0 || value.Length > MaxOriginalRecipient || semicolon == value.Length - 1) return false;
        var type = value[..semicolon];
        var address = value[(semicolon + 1)..];
        foreach (byte b in type)
            if (!char.IsAsciiLetterOrDigit((char)b) && b != '-') return false;
        if (!(Ascii.EqualsIgnoreCase(type, "utf-8"u8) ? Xtext.IsValidUtf8Address(address, utf8) : Xtext.IsValid(address))) return false;
        original = Encoding.UTF8.GetString(value);
        return true;
    }
}
