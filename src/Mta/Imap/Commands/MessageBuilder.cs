using System.Buffers;
using System.Globalization;
using Mta.Imap.Fetching;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Mime;

namespace Mta.Imap.Commands;

/// <summary>Makes the messages of APPEND and REPLACE of what came with the command and of what its URLs name (CATENATE, RFC 4469).</summary>
/// <param name="literals">For each message the octets of its literals, one behind the other. Those at the end may be missing where they have none.</param>
/// <param name="may">The flags that the messages can have: others are left out (RFC 4314 §4).</param>
internal sealed class MessageBuilder(ImapExecution x, IReadOnlyList<StagedBody> literals, MailFlags may) : IDisposable
{
    /// <summary>Of one command (RFC 3502).</summary>
    public const int MaxMessages = 100;

    private const int PieceSize = 32 * 1024;

    private readonly List<NewMessage> _messages = [];
    private readonly List<StagedBody> _joined = [];
    private long _copied;

    public IReadOnlyList<NewMessage> Messages => _messages;

    public static ImapResult Empty { get; } = ImapResult.No("an empty message is none");

    public static ImapResult TooMany { get; } = ImapResult.No("too many messages at once", ImapCode.Limit);

    public static ImapResult TooBig(ImapExecution x) => ImapResult.No(string.Create(CultureInfo.InvariantCulture, $"a message may have {x.AppendLimit} octets"), ImapCode.TooBig);

    /// <summary>Null, or why there can be none of them.</summary>
    public async Task<ImapResult?> AddAsync(IReadOnlyList<ImapAppendMessage> messages)
    {
        if (messages.Count > MaxMessages) return TooMany;
        foreach (var message in messages)
        {
            var body = _messages.Count < literals.Count ? literals[_messages.Count] : null;
            if (message.Parts.Any(part => part is ImapAppendPart.Url))
            {
                var joined = x.Mailboxes.Store.Stage();
                _joined.Add(joined);
                if (await JoinAsync(message.Parts, body, joined).ConfigureAwait(false) is { } refusal) return refusal;
                body = joined;
            }
            if (body is null or { Size: 0 }) return Empty;
            if (body.Size > x.AppendLimit) return TooBig(x);
            body.Finish();
            _messages.Add(new(body, [], FlagNames.FromImap(message.Flags.System) & may, (may & ~MailFlags.System) == 0 ? [] : message.Flags.Keywords, message.Date));
        }
        return null;
    }

    private async Task<ImapResult?> JoinAsync(IReadOnlyList<ImapAppendPart> parts, StagedBody? literals, StagedBody joined)
    {
        long offset = 0;
        foreach (var part in parts)
        {
            if (part is ImapAppendPart.Literal literal)
            {
                literals!.CopyTo(joined, offset, literal.Size);
                offset += literal.Size;
            }
            else if (await CopyAsync(((ImapAppendPart.Url)part).Text, joined).ConfigureAwait(false) is { } refusal) return refusal;
        }
        return null;
    }

    /// <summary>What FETCH BODY.PEEK[…] would tell (RFC 4469 §3).</summary>
    private async Task<ImapResult?> CopyAsync(string text, StagedBody joined)
    {
        if (!ImapUrl.TryParse(text, x.SelectedName, out var url)) return Bad("that is no URL of a message here");
        NamedMailbox named;
        try
        {
            named = await NamedMailbox.FindAsync(x, url.Mailbox).ConfigureAwait(false);
            named.Demand(MailboxRights.Read);
        }
        catch (MailboxException)
        {
            return Bad("there is no such mailbox");
        }
        using var reader = x.Read(named.Owner);
        var mailbox = named.Info!;
        if (url.UidValidity is { } validity && validity != mailbox.UidValidity) return Bad("the mailbox is another one");
        if (reader.Contents(mailbox.Id, new(url.Uid, url.Uid)).Select(found => found.Content).FirstOrDefault() is not { } content) return Bad("there is no such message");
        if (content.Find(url.Section) is not { } range) return Bad("the message has no such part");
        if (url.Section.Kind is SectionKind.HeaderFields or SectionKind.HeaderFieldsNot)
        {
            var fields = SectionWriter.Fields(reader, content, range, url.Section);
            var (start, length) = Slice(new(0, fields.Length), url);
            if (IsTooMuch(length)) return TooBig(x);
            joined.Write(fields.Slice((int)start, (int)length));
            return null;
        }
        var wanted = Slice(range, url);
        if (IsTooMuch(wanted.Length)) return TooBig(x);
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        for (long offset = wanted.Offset; offset < wanted.End;)
        {
            int count = SectionWriter.ReadSome(reader, content, offset, piece.AsSpan(0, (int)Math.Min(PieceSize, wanted.End - offset)));
            joined.Write(piece.AsSpan(0, count));
            offset += count;
        }
        ArrayPool<byte>.Shared.Return(piece);
        return null;

        ImapResult Bad(string why) => ImapResult.No(why, ImapCode.BadUrl(text));
    }

    /// <summary>A short command must not make much of little: all that its URLs bring is no more than one message may have.</summary>
    private bool IsTooMuch(long octets) => (_copied += octets) > x.AppendLimit;

    private static MimeRange Slice(MimeRange range, ImapUrl url)
    {
        long offset = Math.Min(url.Offset, range.Length);
        return new(range.Offset + offset, Math.Min(url.Count, range.Length - offset));
    }

    public void Dispose()
    {
        foreach (var body in _joined) body.Dispose();
    }
}
