using System.Text;

namespace Mta.Mailbox;

/// <summary>What local delivery puts before a message for its account alone: the reverse-path (RFC 5321 §4.4), and Delivered-To (RFC 9228).</summary>
public static class DeliveryTrace
{
    /// <summary>Octets that <see cref="LengthIn"/> has to see, where there are so many.</summary>
    public const int MaxLength = 2048;

    private static ReadOnlySpan<byte> ReturnPath => "Return-Path: <"u8;
    private static ReadOnlySpan<byte> DeliveredTo => "Delivered-To: "u8;

    public static byte[] Of(string reversePath, string recipient) => Encoding.UTF8.GetBytes($"Return-Path: <{reversePath}>\r\nDelivered-To: {recipient}\r\n");

    /// <summary>How many octets of it a message begins with, 0 for none: what is behind them may be a body that is here already.</summary>
    public static int LengthIn(ReadOnlySpan<byte> message)
    {
        if (message.Length > MaxLength) message = message[..MaxLength];
        int first = LineIn(message, ReturnPath);
        int second = first == 0 ? 0 : LineIn(message[first..], DeliveredTo);
        return second == 0 ? 0 : first + second;
    }

    private static int LineIn(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start)
    {
        int end = text.StartsWith(start) ? text.IndexOf("\r\n"u8) : -1;
        // a field that goes on is none of ours
        return end < 0 || end + 2 == text.Length || text[end + 2] is (byte)' ' or (byte)'\t' ? 0 : end + 2;
    }
}
