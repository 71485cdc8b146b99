using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Mta.Protocol.Mime;

/// <summary>
/// The index in a compact binary form, to be kept beside the message. The first octet is the version; numbers are LEB128; a text is its length and one, then its
/// octets, and 0 for nothing; a list is its length and its elements; a part lies behind what encloses it.
/// </summary>
public static class MessageIndexCodec
{
    /// <summary>The form that is written now. A reader that finds another scans the message again.</summary>
    public const byte Version = 1;

    public static void Write(MessageIndex index, IBufferWriter<byte> output)
    {
        var writer = new IndexWriter(output);
        output.Write([Version]);
        writer.Number(index.Size);
        writer.Number(index.Lines);
        writer.Date(index.SentDate);
        writer.Text(index.MessageId);
        writer.Number(index.References.Count);
        foreach (string id in index.References) writer.Text(id);
        writer.Text(index.BaseSubject);
        writer.Number(index.IsReplyOrForward ? 1 : 0);
        writer.Text(index.SortFrom);
        writer.Text(index.SortTo);
        writer.Text(index.SortCc);
        writer.Text(index.DisplayFrom);
        writer.Text(index.DisplayTo);
        writer.Envelope(index.Envelope);
        writer.Part(index.Root, 0);
    }

    /// <summary>False for what is damaged or of another version. The index's texts are slices of <paramref name="octets"/>, which must not change.</summary>
    public static bool TryRead(byte[] octets, [NotNullWhen(true)] out MessageIndex? index)
    {
        index = null;
        if (octets is not [Version, ..]) return false;
        var reader = new IndexReader(octets, 1);
        long size = reader.Number();
        var read = new MessageIndex
        {
            Size = size,
            Lines = reader.Number(),
            SentDate = reader.Date(),
            MessageId = reader.String(),
            References = reader.List(static (ref IndexReader r) => r.String() ?? ""),
            BaseSubject = reader.String() ?? "",
            IsReplyOrForward = reader.Number() != 0,
            SortFrom = reader.String() ?? "",
            SortTo = reader.String() ?? "",
            SortCc = reader.String() ?? "",
            DisplayFrom = reader.String() ?? "",
            DisplayTo = reader.String() ?? "",
            Envelope = reader.Envelope(),
            Root = reader.Part(new(0, size), 0),
        };
        if (!reader.IsComplete) return false;
        index = read;
        return true;
    }
}
