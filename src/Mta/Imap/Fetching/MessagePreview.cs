using Mta.Mailbox;
using Mta.Protocol.Mime;

namespace Mta.Imap.Fetching;

/// <summary>The FETCH item PREVIEW (RFC 8970).</summary>
internal static class MessagePreview
{
    public static string Read(MailboxReader reader, MessageContent content)
    {
        if (Preview.Find(content.Index) is not { } part) return "";
        byte[] body = new byte[Math.Min(part.Body.Length, Preview.MostOctets)];
        int length = 0;
        for (int count; length < body.Length && (count = reader.Read(content, content.Trace.Length + part.Body.Offset + length, body.AsSpan(length))) > 0;) length += count;
        return Preview.Read(part, body.AsSpan(0, length));
    }
}
