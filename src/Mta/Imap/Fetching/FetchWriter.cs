using System.Collections.Immutable;
using System.Text;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Imap.Writing;
using Mta.Protocol.Mime;

namespace Mta.Imap.Fetching;

/// <summary>Writes the FETCH responses of one command.</summary>
/// <param name="seen">UIDs of messages that have just got \Seen by it.</param>
/// <param name="wanted">The messages that are asked for; null for all.</param>
internal sealed class FetchWriter(ImapExecution x, SelectedMailbox selected, FetchPlan plan, ImmutableHashSet<uint> seen, UidView? wanted)
{
    private static readonly SectionPath Message = new([], SectionKind.All, []);
    private static readonly SectionPath Header = new([], SectionKind.Header, []);
    private static readonly SectionPath Text = new([], SectionKind.Text, []);

    private readonly SectionWriter _sections = new(x);
    private MailFlags _flags;
    private byte[] _flagsText = [];

    /// <summary>BINARY was asked for of a part that cannot be decoded.</summary>
    public bool HasUnknownEncoding => _sections.HasUnknownEncoding;

    private ImapResponseWriter Writer => x.Writer;

    /// <summary>ENVELOPE and BODYSTRUCTURE of these messages are at hand, as far as the plan wants them.</summary>
    public bool HasSummaries(ReadOnlySpan<MessageInfo> messages)
    {
        foreach (var item in plan.Summaries)
            foreach (ref readonly var message in messages)
                if (x.Summaries.Find(new(message.BodyId, item, x.Session.Utf8)) is null) return false;
        return true;
    }

    /// <summary>A response of a plan that needs no text.</summary>
    /// <param name="content">Null where it was not read along.</param>
    public void Write(MailboxReader reader, in MessageInfo message, MessageContent? content)
    {
        if (NumberOf(message.Uid) is not (> 0 and var number)) return;
        x.IsWithinLine = true;
        Writer.BeginFetch((uint)number);
        bool isFirst = true;
        foreach (var item in plan.Items)
        {
            WriteAttribute(((ImapFetchItem.Attribute)item).Which, reader, message, content, isFirst);
            isFirst = false;
        }
        Writer.EndFetch();
        x.IsWithinLine = false;
    }

    /// <summary>A response of any plan.</summary>
    public async Task WriteAsync(MailboxReader reader, MessageInfo message, MessageContent content)
    {
        if (NumberOf(message.Uid) is not (> 0 and var number)) return;
        x.IsWithinLine = true;
        Writer.BeginFetch((uint)number);
        bool isFirst = true;
        foreach (var item in plan.Items)
        {
            switch (item)
            {
                case ImapFetchItem.Attribute attribute:
                    if (Section(attribute.Which) is { } whole) await SectionAsync(Name(attribute.Which), whole, null).ConfigureAwait(false);
                    else WriteAttribute(attribute.Which, reader, message, content, isFirst);
                    break;
                case ImapFetchItem.Body body:
                    await SectionAsync(SectionNames.Of("BODY", body.Section, body.Slice), SectionNames.Path(body.Section), body.Slice).ConfigureAwait(false);
                    break;
                case ImapFetchItem.Binary binary:
                    Writer.FetchItem(SectionNames.Of("BINARY", binary.Part, binary.Slice), isFirst);
                    await _sections.WriteBinaryAsync(reader, content, binary.Part, binary.Slice).ConfigureAwait(false);
                    break;
                case ImapFetchItem.BinarySize size:
                    Writer.FetchItem(SectionNames.Of("BINARY.SIZE", size.Part, null), isFirst);
                    await _sections.WriteBinarySizeAsync(reader, content, size.Part).ConfigureAwait(false);
                    break;
                case ImapFetchItem.Preview:
                    Writer.FetchItem("PREVIEW"u8, isFirst);
                    Writer.String(MessagePreview.Read(reader, content));
                    break;
            }
            isFirst = false;
        }
        if (seen.Contains(message.Uid))
        {
            if (!plan.TellsFlags) selected.WriteFlags(Writer, message.Flags, isFirst: false);
            if (x.Session.CondStore && !plan.TellsModSeq) SelectedMailbox.WriteModSeq(Writer, message.ModSeq);
        }
        Writer.EndFetch();
        x.IsWithinLine = false;

        Task SectionAsync(ReadOnlySpan<byte> name, SectionPath path, ImapFetchSlice? slice)
        {
            Writer.FetchItem(name, isFirst);
            return _sections.WriteAsync(reader, content, path, slice);
        }
    }

    /// <summary>0 for a message that is not to be told.</summary>
    private int NumberOf(uint uid) => wanted is null || wanted.SequenceOf(uid) > 0 ? selected.View.SequenceOf(uid) : 0;

    private void WriteAttribute(ImapFetchAttribute attribute, MailboxReader reader, in MessageInfo message, MessageContent? content, bool isFirst)
    {
        switch (attribute)
        {
            case ImapFetchAttribute.Flags: WriteFlags(message.Flags, isFirst); return;
            case ImapFetchAttribute.ModSeq: SelectedMailbox.WriteModSeq(Writer, message.ModSeq, isFirst); return;
        }
        Writer.FetchItem(Name(attribute), isFirst);
        switch (attribute)
        {
            case ImapFetchAttribute.Uid: Writer.Number(message.Uid); break;
            case ImapFetchAttribute.Size: Writer.Number((ulong)message.Size); break;
            case ImapFetchAttribute.InternalDate: Writer.DateTime(message.ReceivedAt); break;
            case ImapFetchAttribute.SaveDate: Writer.DateTime(message.SavedAt); break;
            case ImapFetchAttribute.EmailId: Writer.Raw(Encoding.ASCII.GetBytes($"({ObjectIds.Email(message.EmailId)})")); break;
            case ImapFetchAttribute.ThreadId: Writer.Raw(Encoding.ASCII.GetBytes($"({ObjectIds.Thread(message.ThreadId)})")); break;
            case ImapFetchAttribute.Envelope or ImapFetchAttribute.Body or ImapFetchAttribute.BodyStructure: WriteSummary(attribute, reader, message, content); break;
            default: throw new InvalidOperationException($"{attribute} is a section");
        }
    }

    /// <summary>Message after message has the same flags, as a rule.</summary>
    private void WriteFlags(MailFlags flags, bool isFirst)
    {
        if (!isFirst) Writer.Space();
        if (flags == _flags && _flagsText.Length > 0)
        {
            Writer.Raw(_flagsText);
            return;
        }
        int begin = x.Output.Count;
        selected.WriteFlags(Writer, flags, isFirst: true);
        (_flags, _flagsText) = (flags, x.Output.Written.Span[begin..].ToArray());
    }

    private void WriteSummary(ImapFetchAttribute item, MailboxReader reader, in MessageInfo message, MessageContent? content)
    {
        var key = new SummaryCache.Key(message.BodyId, item, x.Session.Utf8);
        if (x.Summaries.Find(key) is { } known)
        {
            Writer.Raw(known);
            return;
        }
        int begin = x.Output.Count;
        // what was at hand a moment ago may have made room for another
        content ??= reader.Content(message.EmailId) ?? throw new IOException("the message is gone");
        if (item == ImapFetchAttribute.Envelope) EnvelopeWriter.Write(x.Output, content.Index.Envelope, x.Session.Utf8);
        else BodyStructureWriter.Write(x.Output, content.Index.Root, extended: item == ImapFetchAttribute.BodyStructure, x.Session.Utf8);
        x.Summaries.Keep(key, x.Output.Written.Span[begin..]);
    }

    private static SectionPath? Section(ImapFetchAttribute attribute) => attribute switch
    {
        ImapFetchAttribute.Rfc822 => Message,
        ImapFetchAttribute.Rfc822Header => Header,
        ImapFetchAttribute.Rfc822Text => Text,
        _ => null,
    };

    private static ReadOnlySpan<byte> Name(ImapFetchAttribute attribute) => attribute switch
    {
        ImapFetchAttribute.Envelope => "ENVELOPE"u8,
        ImapFetchAttribute.InternalDate => "INTERNALDATE"u8,
        ImapFetchAttribute.Size => "RFC822.SIZE"u8,
        ImapFetchAttribute.Uid => "UID"u8,
        ImapFetchAttribute.Body => "BODY"u8,
        ImapFetchAttribute.BodyStructure => "BODYSTRUCTURE"u8,
        ImapFetchAttribute.Rfc822 => "RFC822"u8,
        ImapFetchAttribute.Rfc822Header => "RFC822.HEADER"u8,
        ImapFetchAttribute.Rfc822Text => "RFC822.TEXT"u8,
        ImapFetchAttribute.EmailId => "EMAILID"u8,
        ImapFetchAttribute.ThreadId => "THREADID"u8,
        _ => "SAVEDATE"u8,
    };
}
