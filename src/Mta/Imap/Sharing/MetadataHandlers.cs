using System.Text;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Sharing;

/// <summary>GETMETADATA and SETMETADATA (RFC 5464), and what LIST tells of it (RFC 9590).</summary>
internal static class MetadataHandlers
{
    // RFC 5464 §3.3: one of these, and "l"
    private const MailboxRights ForAnnotations = MailboxRights.Read | MailboxRights.Seen | MailboxRights.Write | MailboxRights.Insert | MailboxRights.Post;

    public static async Task<ImapResult> GetAsync(ImapExecution x, GetMetadataCommand command)
    {
        string name = "";
        IReadOnlyList<Annotation> all;
        if (command.Mailbox.Length == 0)
        {
            using var reader = x.Read();
            all = [.. OfServer(x.Metadata), .. reader.ServerAnnotations()];
        }
        else
        {
            var mailbox = await FindAsync(x, command.Mailbox).ConfigureAwait(false);
            name = mailbox.SeenName;
            using var reader = x.Read(mailbox.Owner);
            all = reader.Annotations(mailbox.Info!.Id, x.Account.Id);
        }
        var found = all.Where(a => command.Entries.Any(e => IsMeant(a.Entry, e, command.Depth))).ToList();
        var small = found.Where(a => command.MaxSize is not { } most || a.Value.Length <= most).ToList();
        Write(x, name, [.. small.Select(a => (a.Entry, (byte[]?)a.Value))]);
        // RFC 5464 §4.2.1
        return ImapResult.Ok("GETMETADATA done", small.Count < found.Count ? ImapCode.MetadataLongEntries(found.Max(a => a.Value.Length)) : default);
    }

    public static async Task<ImapResult> SetAsync(ImapExecution x, SetMetadataCommand command)
    {
        var settings = x.Metadata;
        var values = command.Entries.Select(e => KeyValuePair.Create(e.Key, e.Value?.ToArray())).ToList();
        bool isShared = values.Any(v => Annotation.IsShared(v.Key));
        var (owner, name) = (x.Account, (string?)null);
        if (command.Mailbox.Length > 0)
        {
            var mailbox = await FindAsync(x, command.Mailbox).ConfigureAwait(false);
            // beyond RFC 5464 §3.3: what all see only those change who may change more than \Seen
            if (isShared && !mailbox.Rights.HasFlag(MailboxRights.Write)) return ImapResult.Of(NamedMailbox.NotPermitted);
            (owner, name) = (mailbox.Owner, mailbox.Name);
        }
        // §3.3: the server's own are the operator's
        else if (isShared) return ImapResult.No("the operator of the server says what all are told of it", ImapCode.NoPerm);
        // §3.2: something must be below /shared or /private
        if (values.Any(v => v.Key.IndexOf('/', 1) < 0)) return ImapResult.Bad("an entry needs a name");
        if (values.Any(v => v.Key.Length > Annotation.MaxEntry)) return ImapResult.No($"the name of an entry may have {Annotation.MaxEntry} octets", ImapCode.Limit);
        if (values.Any(v => v.Value?.Length > settings.MaxValue)) return ImapResult.No("a value is too long", ImapCode.MetadataMaxSize(settings.MaxValue));
        await x.Mailboxes.AnnotateAsync(owner, name, x.Account, values, settings.MaxEntries).ConfigureAwait(false);
        return ImapResult.Ok("SETMETADATA done");
    }

    /// <summary>These entries of a mailbox, NIL for those that there are not; nothing where the account may not see them (RFC 9590 §3).</summary>
    public static void WriteListed(ImapExecution x, MailboxReader reader, MailboxInfo info, MailboxRights rights, IReadOnlyList<string> entries)
    {
        if (!CanAnnotate(rights)) return;
        var found = reader.Annotations(info.Id, x.Account.Id).ToDictionary(a => a.Entry, a => a.Value, StringComparer.Ordinal);
        Write(x, info.Name, [.. entries.Distinct().Select(e => (e, found.GetValueOrDefault(e)))]);
    }

    public static bool CanAnnotate(MailboxRights rights) => rights.HasFlag(MailboxRights.Lookup) && (rights & ForAnnotations) != 0;

    private static IEnumerable<Annotation> OfServer(MetadataSettings settings)
    {
        // RFC 5464 §6.2.1
        if (settings.Admin.Length > 0) yield return new("/shared/admin", Encoding.UTF8.GetBytes(settings.Admin));
        if (settings.Comment.Length > 0) yield return new("/shared/comment", Encoding.UTF8.GetBytes(settings.Comment));
    }

    private static async ValueTask<NamedMailbox> FindAsync(ImapExecution x, string name)
    {
        var mailbox = await NamedMailbox.FindAsync(x, name).ConfigureAwait(false);
        mailbox.Demand(MailboxRights.Lookup);
        return CanAnnotate(mailbox.Rights) ? mailbox : throw NamedMailbox.NotPermitted;
    }

    /// <summary>RFC 5464 §4.2.2.</summary>
    private static bool IsMeant(string entry, string wanted, ImapMetadataDepth depth)
    {
        if (!entry.StartsWith(wanted, StringComparison.Ordinal)) return false;
        if (entry.Length == wanted.Length) return true;
        return depth != ImapMetadataDepth.Zero && entry[wanted.Length] == '/' && (depth == ImapMetadataDepth.Infinity || entry.IndexOf('/', wanted.Length + 1) < 0);
    }

    /// <summary>RFC 5464 §4.4.1: with their values. Of nothing there is nothing to be said.</summary>
    private static void Write(ImapExecution x, string mailbox, List<(string Entry, byte[]? Value)> annotations)
    {
        if (annotations.Count == 0) return;
        x.Writer.BeginLine("METADATA"u8);
        x.Writer.Space();
        x.Writer.Mailbox(mailbox);
        x.Writer.Raw(" ("u8);
        for (int i = 0; i < annotations.Count; i++)
        {
            if (i > 0) x.Writer.Space();
            x.Writer.AString(annotations[i].Entry);
            x.Writer.Space();
            if (annotations[i].Value is not { } value) x.Writer.NString(null);
            else if (value.Contains((byte)0))
            {
                x.Writer.Literal8Header(value.Length);
                x.Writer.Raw(value);
            }
            else x.Writer.String(value);
        }
        x.Writer.Raw(")"u8);
        x.Writer.EndLine();
    }
}
