using System.Buffers;
using System.Buffers.Text;
using System.Text.Unicode;

namespace Mta.Protocol.Mime;

/// <summary>Writes values as IMAP has them: NIL, quoted strings, literals, numbers (RFC 9051 §4).</summary>
internal static class ImapText
{
    // a longer one is a literal: clients read lines into buffers
    private const int LongestQuoted = 1000;

    private static readonly SearchValues<byte> Plain = SearchValues.Create([.. Enumerable.Range(32, 95).Where(c => c is not ('"' or '\\')).Select(c => (byte)c)]);

    /// <summary>An nstring.</summary>
    /// <param name="utf8">UTF-8 may stand in quoted strings (RFC 9051 §4.3, RFC 6855 §3).</param>
    public static void Write(IBufferWriter<byte> output, MimeText text, bool utf8)
    {
        if (text.IsNil) output.Write("NIL"u8);
        else WriteString(output, text.Octets, utf8);
    }

    public static void WriteString(IBufferWriter<byte> output, ReadOnlySpan<byte> text, bool utf8)
    {
        if (text.Length > LongestQuoted || !CanBeQuoted(text, utf8))
        {
            WriteLiteral(output, text);
            return;
        }
        var target = output.GetSpan(2 * text.Length + 2);
        int length = 0;
        target[length++] = (byte)'"';
        foreach (byte b in text)
        {
            if (b is (byte)'"' or (byte)'\\') target[length++] = (byte)'\\';
            target[length++] = b;
        }
        target[length++] = (byte)'"';
        output.Advance(length);
    }

    public static void Write(IBufferWriter<byte> output, long number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(20), out int length);
        output.Advance(length);
    }

    private static bool CanBeQuoted(ReadOnlySpan<byte> text, bool utf8)
    {
        if (!text.ContainsAnyExcept(Plain)) return true;
        foreach (byte b in text)
            if (b is < 32 or 127 || b > 127 && !utf8) return false;
        return Utf8.IsValid(text);
    }

    /// <summary>A literal holds any octet but NUL (RFC 9051 §9, CHAR8), for which the replacement character stands.</summary>
    private static void WriteLiteral(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        int nuls = text.Count((byte)0);
        output.Write("{"u8);
        Write(output, text.Length + 2L * nuls);
        output.Write("}\r\n"u8);
        if (nuls == 0)
        {
            output.Write(text);
            return;
        }
        for (int at = 0; at < text.Length; at++)
        {
            int length = text[at..].IndexOf((byte)0);
            output.Write(length < 0 ? text[at..] : text.Slice(at, length));
            if (length < 0) break;
            output.Write("\uFFFD"u8);
            at += length;
        }
    }
}
