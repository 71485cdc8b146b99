using System.Buffers;
using Mta.Mailbox;
using Mta.Protocol.Mime;

namespace Mta.Imap.Searching;

/// <summary>A message that a search looks at. What costs a read is read when a key asks for it.</summary>
/// <param name="content">Where a key may ask for it.</param>
internal sealed class Candidate(MailboxReader reader, MessageInfo message, MessageContent? content)
{
    private const int PieceSize = 64 * 1024;
    private byte[]? _header;

    public MessageInfo Message => message;
    public MessageContent Content => content!;

    /// <summary>A header field holds the needle.</summary>
    public bool HasHeader(byte[] name, SearchNeedle needle) => SearchHeader.IsIn(_header ??= ReadHeader(), name, needle);

    /// <summary>The decoded text holds the needle.</summary>
    /// <param name="headers">Or a header does.</param>
    public bool HasText(SearchNeedle needle, bool headers)
    {
        // what was put before the body belongs to the header, too
        if (headers && content!.Trace.AsSpan() is { IsEmpty: false } trace && needle.IsIn(System.Text.Encoding.UTF8.GetString(trace))) return true;
        var search = new SearchText(needle, headers);
        search.Begin(content!.Index);
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

    private byte[] ReadHeader()
    {
        byte[] header = new byte[content!.Trace.Length + Math.Min(content.Index.Root.Header.Length, MimeLimits.Header)];
        int length = 0;
        for (int count; length < header.Length && (count = reader.Read(content, length, header.AsSpan(length))) > 0;) length += count;
        return header.AsSpan(0, length).ToArray();
    }
}
