using LinqToDB;
using LinqToDB.Data;
using Mta.Mailbox.Store;
using Mta.Protocol.Mime;

namespace Mta.Mailbox;

/// <summary>
/// The octets of a message and their index: what was put before it for its account, and the body that others may have as well. Can be read as long as
/// the message is somewhere.
/// </summary>
/// <param name="Trace">Header fields before the body: offsets in the index count from behind them.</param>
public sealed record MessageContent(long EmailId, byte[] Trace, long BodyId, long BodySize, byte[] Mime)
{
    private MessageIndex? _index;

    /// <summary>The first octets of the body, where they were read along.</summary>
    internal byte[]? Beginning { get; init; }

    /// <summary>Octets.</summary>
    public long Size => Trace.Length + BodySize;

    /// <summary>Of the body, without <see cref="Trace"/>.</summary>
    public MessageIndex Index => _index ??= MessageIndexCodec.TryRead(Mime, out var index) ? index! : throw new IOException($"the index of body {BodyId} cannot be read");

    /// <summary>Where a section lies in the message; null where it has none such.</summary>
    public MimeRange? Find(SectionPath path)
    {
        if (path.Numbers.Count == 0 && path.Kind == SectionKind.All) return new(0, Size);
        if (!path.TryFind(Index, out var range)) return null;
        // the header of the message begins with what was put before it
        bool isHeader = path is { Numbers.Count: 0, Kind: SectionKind.Header or SectionKind.HeaderFields or SectionKind.HeaderFieldsNot };
        return isHeader ? new(0, Trace.Length + range.Length) : range with { Offset = Trace.Length + range.Offset };
    }

    internal static MessageContent? Find(DataConnection db, long emailId) =>
        (from email in db.GetTable<EmailRow>()
         join body in db.GetTable<BodyRow>() on email.BodyId equals body.Id
         where email.Id == emailId
         select new MessageContent(email.Id, email.Trace, body.Id, body.Size, body.Mime)).FirstOrDefault();

    /// <summary>What is at an offset need not be read: it came along.</summary>
    public bool IsAtHand(long offset) => offset < Trace.Length + (Beginning?.Length ?? 0);

    /// <summary>Octets that <see cref="IsAtHand"/>, at least one.</summary>
    public int ReadAtHand(long offset, Span<byte> into)
    {
        var rest = offset < Trace.Length ? Trace.AsSpan((int)offset) : Beginning.AsSpan((int)(offset - Trace.Length));
        rest = rest[..Math.Min(rest.Length, into.Length)];
        rest.CopyTo(into);
        return rest.Length;
    }

    /// <summary>Octets from an offset; 0 at the end, or where the message is gone.</summary>
    internal int Read(MailboxConnection sql, long offset, Span<byte> into)
    {
        if (offset >= Size || into.IsEmpty) return 0;
        return IsAtHand(offset) ? ReadAtHand(offset, into) : BodyTable.Read(sql, BodyId, offset - Trace.Length, into);
    }
}
