using System.Text;

namespace Mta.Interop.Tests.Bench;

/// <param name="MailLine">The whole MAIL command, with its parameters.</param>
/// <param name="RecipientLines">The whole RCPT commands of the accepted recipients.</param>
/// <param name="Data">The message, octet by octet.</param>
/// <param name="IsChunked">It came by BDAT.</param>
internal sealed record ReceivedMessage(string MailLine, string[] RecipientLines, byte[] Data, bool IsChunked)
{
    public string From { get; } = Path(MailLine);
    public string[] Recipients { get; } = [.. RecipientLines.Select(Path)];
    public string Text => Encoding.Latin1.GetString(Data);

    /// <summary>What was there before the servers on the way put their Received fields on top.</summary>
    public byte[] Original
    {
        get
        {
            ReadOnlySpan<byte> rest = Data;
            while (rest.StartsWith("Received:"u8))
            {
                do rest = rest[(rest.IndexOf("\r\n"u8) + 2)..];
                while (rest is [(byte)' ' or (byte)'\t', ..]);
            }
            return rest.ToArray();
        }
    }

    public static string Path(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];
}
