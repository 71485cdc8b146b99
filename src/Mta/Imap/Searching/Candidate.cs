using System.Buffers;
using System.Text;
using Mta.Mailbox;
using Mta.Protocol.Mime;

namespace Mta.Imap.Searching;

/// <summary>The message that a search looks at: first without its content, and then, where that did not settle it, with it. What costs a read is read when a key asks for it.</summary>
internal sealed class Candidate(MailboxReader reader, HeaderTexts texts)
{
    private const int PieceSize = 64 * 1024;
    private byte[]? _header;

    public MessageInfo Message { get; private set; }

    /// <summary>Null at first.</summary>
    public MessageContent? Content { get; private set; }

    /// <summary>Looks at another one.</summary>
    public void Be(in MessageInfo message, MessageContent? content = null) => (Message, Content, _header) = (message, content, null);

    /// <summary>A header field holds the needle; null where that cannot be said without the content.</summary>
    /// <param name="index">The field's, in <see cref="HeaderTexts"/>.</param>
    public bool? HasHeader(byte[] name, int index, SearchNeedle needle)
    {
        if (index >= 0 && texts.TryGet(Message.BodyId, index, out string? known)) return known is not null && needle.IsIn(known);
        if (Content is null) return null;
        string? text = SearchHeader.TextOf(_header ??= reader.Header(Content), name);
        texts.Keep(Message.BodyId, index, text);
        return text is not null && needle.IsIn(text);
    }

    /// <summary>The decoded text holds the needle; null where that cannot be said without the content.</summary>
    /// <param name="headers">Or a header does.</param>
    public bool? HasText(SearchNeedle needle, bool headers)
    {
        if (Content is not { } content) return null;
        // what was put before the body belongs to the header, too
        if (headers && content.Trace.AsSpan() is { IsEmpty: false } trace && needle.IsIn(Encoding.UTF8.GetString(trace))) return true;
        var search = new SearchText(needle, headers);
        search.Begin(content.Index);
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            for (var wanted = search.Wanted; wanted.Length > 0; wanted = search.Wanted)
            {
                int count = reader.Read(content, content.Trace.Length + wanted.Offset, piece.AsSpan(0, (int)Math.Min(PieceSize, wanted.Length)));
                // it has gone meanwhile
                if (count == 0) return false;
                search.Add(piece.AsSpan(0, count));
            }
            return search.IsFound;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
