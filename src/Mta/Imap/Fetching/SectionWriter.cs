using System.Buffers;
using Mta.Mailbox;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Mime;

namespace Mta.Imap.Fetching;

/// <summary>Writes parts of messages as literals, piece by piece: no more of a message is in memory than what the client has still to take.</summary>
internal sealed class SectionWriter(ImapExecution x)
{
    private const int PieceSize = 32 * 1024;

    /// <summary>See <see cref="FetchWriter.HasUnknownEncoding"/>.</summary>
    public bool HasUnknownEncoding { get; private set; }

    /// <summary>A section; NIL where the message has none such.</summary>
    public async Task WriteAsync(MailboxReader reader, MessageContent content, SectionPath path, ImapFetchSlice? slice)
    {
        if (content.Find(path) is not { } range)
        {
            x.Writer.NString(null);
            return;
        }
        if (path.Kind is SectionKind.HeaderFields or SectionKind.HeaderFieldsNot)
        {
            x.WriteLiteral(Slice(Fields(reader, content, range, path), slice));
            return;
        }
        var (offset, length) = Slice(range, slice);
        x.Writer.LiteralHeader(length);
        await CopyAsync(reader, content, offset, length, isBinary: false).ConfigureAwait(false);
    }

    /// <summary>A part without its transfer encoding (RFC 3516 §4.2).</summary>
    public async Task WriteBinaryAsync(MailboxReader reader, MessageContent content, IReadOnlyList<uint> part, ImapFetchSlice? slice)
    {
        if (part.Count == 0)
        {
            var (offset, length) = Slice(new MimeRange(0, content.Size), slice);
            x.Writer.Literal8Header(length);
            await CopyAsync(reader, content, offset, length, isBinary: true).ConfigureAwait(false);
            return;
        }
        if (await DecodeAsync(reader, content, part, null).ConfigureAwait(false) is not { } size)
        {
            x.Writer.NString(null);
            return;
        }
        var wanted = Slice(new MimeRange(0, size), slice);
        x.Writer.Literal8Header(wanted.Length);
        await DecodeAsync(reader, content, part, wanted).ConfigureAwait(false);
    }

    /// <summary>The octets of a part once decoded (RFC 3516 §4.3).</summary>
    public async Task WriteBinarySizeAsync(MailboxReader reader, MessageContent content, IReadOnlyList<uint> part) =>
        x.Writer.Number((ulong)(part.Count == 0 ? content.Size : await DecodeAsync(reader, content, part, null).ConfigureAwait(false) ?? 0));

    /// <summary>Decodes a part, and writes what is wanted of it. Its size; null where there is no such part or its encoding is not known.</summary>
    private async Task<long?> DecodeAsync(MailboxReader reader, MessageContent content, IReadOnlyList<uint> numbers, MimeRange? wanted)
    {
        var path = new SectionPath(SectionNames.Numbers(numbers), SectionKind.All, []);
        if (path.FindPart(content.Index) is not { } part || content.Find(path) is not { } range) return null;
        if (BodyDecoder.For(part) is not { } decoder)
        {
            HasUnknownEncoding = true;
            return null;
        }
        var decoded = new ArrayBufferWriter<byte>(PieceSize);
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        long size = 0;
        try
        {
            for (long offset = range.Offset; offset < range.End;)
            {
                int count = ReadSome(reader, content, offset, piece.AsSpan(0, (int)Math.Min(PieceSize, range.End - offset)));
                decoder.Decode(piece.AsSpan(0, count), decoded);
                size = Take(decoded, size, wanted);
                await x.FlushAsync(reader).ConfigureAwait(false);
                offset += count;
            }
            decoder.Finish(decoded);
            return Take(decoded, size, wanted);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Writes what is wanted of the octets that were decoded, behind <paramref name="size"/> others; how many there are now.</summary>
    private long Take(ArrayBufferWriter<byte> decoded, long size, MimeRange? wanted)
    {
        if (wanted is { } range)
        {
            long from = Math.Max(range.Offset, size), to = Math.Min(range.End, size + decoded.WrittenCount);
            if (from < to) x.Output.Write(decoded.WrittenSpan[(int)(from - size)..(int)(to - size)]);
        }
        size += decoded.WrittenCount;
        decoded.ResetWrittenCount();
        return size;
    }

    /// <summary>The fields of a header that are meant.</summary>
    public static ReadOnlySpan<byte> Fields(MailboxReader reader, MessageContent content, MimeRange header, SectionPath path)
    {
        var filter = new HeaderFilter(path.Fields, path.Kind == SectionKind.HeaderFieldsNot);
        var fields = new ArrayBufferWriter<byte>(1024);
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            for (long offset = header.Offset; offset < header.End;)
            {
                int count = ReadSome(reader, content, offset, piece.AsSpan(0, (int)Math.Min(PieceSize, header.End - offset)));
                filter.Add(piece.AsSpan(0, count), fields);
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
        filter.Finish(fields);
        return fields.WrittenSpan;
    }

    private async Task CopyAsync(MailboxReader reader, MessageContent content, long offset, long length, bool isBinary)
    {
        for (long end = offset + length; offset < end;)
        {
            int wanted = (int)Math.Min(PieceSize, end - offset);
            var piece = x.Output.GetSpan(wanted)[..wanted];
            int count = ReadSome(reader, content, offset, piece);
            if (!isBinary) ImapExecution.WithoutNul(piece[..count]);
            x.Output.Advance(count);
            offset += count;
            await x.FlushAsync(reader).ConfigureAwait(false);
        }
    }

    /// <summary>Throws <see cref="IOException"/> where the message has gone meanwhile: what was promised cannot be kept, and the connection ends.</summary>
    public static int ReadSome(MailboxReader reader, MessageContent content, long offset, Span<byte> into) =>
        reader.Read(content, offset, into) is > 0 and var count ? count : throw new IOException("the message is gone");

    private static MimeRange Slice(MimeRange range, ImapFetchSlice? slice)
    {
        if (slice is not { } part) return range;
        long offset = Math.Min(part.Offset, range.Length);
        return new(range.Offset + offset, Math.Min(part.Count, range.Length - offset));
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> octets, ImapFetchSlice? slice)
    {
        var (offset, length) = Slice(new MimeRange(0, octets.Length), slice);
        return octets.Slice((int)offset, (int)length);
    }
}
