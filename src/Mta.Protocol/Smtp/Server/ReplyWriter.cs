using System.Buffers;
using Mta.Protocol.Text;

namespace Mta.Protocol.Smtp.Server;

/// <summary>Writes replies as they go over the wire (RFC 5321 §4.2).</summary>
public static class ReplyWriter
{
    // RFC 5321 §4.5.3.1.5: a reply line is at most 512 octets
    private const int MaxLine = 512;

    /// <summary>
    /// Writes a reply, each line with the code and, if <paramref name="enhanced"/>, the enhanced code (RFC 2034 §4). What is not printable
    /// US-ASCII in the text becomes "?": a text may hold what a client sent.
    /// </summary>
    public static void Write(IBufferWriter<byte> output, SmtpReply reply, bool enhanced)
    {
        var text = reply.Text.AsSpan();
        while (true)
        {
            int end = text.IndexOf('\n');
            WriteLine(output, reply, enhanced, end < 0 ? text : text[..end], last: end < 0);
            if (end < 0) return;
            text = text[(end + 1)..];
        }
    }

    private static void WriteLine(IBufferWriter<byte> output, SmtpReply reply, bool enhanced, ReadOnlySpan<char> text, bool last)
    {
        var line = output.GetSpan(MaxLine);
        var writer = new SpanWriter(line);
        writer.Write(reply.Code);
        writer.WriteByte(last ? (byte)' ' : (byte)'-');
        if (enhanced && !reply.Enhanced.IsNone)
        {
            writer.Write(reply.Enhanced.Class);
            writer.WriteByte((byte)'.');
            writer.Write(reply.Enhanced.Subject);
            writer.WriteByte((byte)'.');
            writer.Write(reply.Enhanced.Detail);
            writer.WriteByte((byte)' ');
        }
        foreach (char c in text[..Math.Min(text.Length, MaxLine - 2 - writer.Length)])
            writer.WriteByte(c is < ' ' or > '~' ? (byte)'?' : (byte)c);
        writer.Write("\r\n"u8);
        output.Advance(writer.Length);
    }
}
