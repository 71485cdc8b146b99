using System.Buffers;
using System.Text;

namespace Mta.Protocol.Pop3;

/// <summary>Writes what the server says that depends on something.</summary>
internal static class Pop3ReplyWriter
{
    public static void Ok(IBufferWriter<byte> output, string text) => Line(output, "+OK " + text);

    public static void Error(IBufferWriter<byte> output, Pop3Refusal refusal) => Line(output, "-ERR " + refusal.Text);

    /// <summary>A line of US-ASCII and its end.</summary>
    public static void Line(IBufferWriter<byte> output, string text)
    {
        var span = output.GetSpan(text.Length + 2);
        int length = Encoding.ASCII.GetBytes(text, span);
        "\r\n"u8.CopyTo(span[length..]);
        output.Advance(length + 2);
    }
}
