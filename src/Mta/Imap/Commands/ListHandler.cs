using Mta.Imap.Sharing;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Imap.Writing;

namespace Mta.Imap.Commands;

/// <summary>LIST (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 8440, RFC 9590) and LSUB (RFC 3501 §6.3.9).</summary>
internal static class ListHandler
{
    public static async Task<ImapResult> RunAsync(ImapExecution x, ListCommand command)
    {
        // RFC 9051 §6.3.9: what separates the levels, and the root
        if (!command.IsExtended && command.Patterns is [""])
        {
            x.Writer.BeginLine("LIST"u8);
            x.Writer.Raw(" (\\Noselect) \"/\" \"\""u8);
            x.Writer.EndLine();
            return ImapResult.Ok("LIST done");
        }
        using var reader = x.Read();
        var tree = new MailboxTree(reader.Visible(), reader.Subscriptions());
        var patterns = command.Patterns.Where(p => p.Length > 0).Select(p => new ListPattern(command.Reference + p)).ToArray();
        foreach (var entry in tree.Entries)
        {
            if (!patterns.Any(p => p.Matches(entry.Name))) continue;
            bool isMeant = IsMeant(entry, command.Select);
            // RFC 5258 §3.5: one that is not meant itself, but has others below it that no pattern shows
            bool hasMeant = command.Select.HasFlag(ImapListSelect.RecursiveMatch) && tree.Below(entry.Name).Any(child => IsMeant(child, command.Select) && !patterns.Any(p => p.Matches(child.Name)));
            if (!isMeant && !hasMeant) continue;
            Write(x.Writer, entry, command, hasMeant);
            if (entry.Info is { } info) Tell(x, reader, info, entry.Rights, command);
            await x.FlushAsync(reader).ConfigureAwait(false);
        }
        return ImapResult.Ok("LIST done");
    }

    public static async Task<ImapResult> LsubAsync(ImapExecution x, LsubCommand command)
    {
        using var reader = x.Read();
        var tree = new MailboxTree(reader.Visible(), reader.Subscriptions());
        var pattern = new ListPattern(command.Reference + command.Pattern);
        foreach (var entry in tree.Entries)
        {
            if (!pattern.Matches(entry.Name)) continue;
            // RFC 3501 §6.3.9: with %, a name that is not subscribed to stands for those below it that are
            bool stands = !entry.IsSubscribed && command.Pattern.Contains('%', StringComparison.Ordinal) && tree.Below(entry.Name).Any(child => child.IsSubscribed);
            if (!entry.IsSubscribed && !stands) continue;
            x.Writer.BeginLine("LSUB"u8);
            x.Writer.Raw(stands || entry.Info is null ? " (\\Noselect) \"/\" "u8 : " () \"/\" "u8);
            x.Writer.Mailbox(entry.Name);
            x.Writer.EndLine();
            await x.FlushAsync(reader).ConfigureAwait(false);
        }
        return ImapResult.Ok("LSUB done");
    }

    /// <summary>A response that nobody has asked for: how a name is now (RFC 5465 §5.4, §5.5).</summary>
    /// <param name="oldName">That it had before (RFC 9051 §6.3.9.7).</param>
    /// <param name="noAccess">It cannot be read, or not be seen any more.</param>
    public static void WriteChange(ImapResponseWriter writer, MailboxTree tree, string name, string? oldName = null, bool noAccess = false)
    {
        var entry = tree.Find(name);
        var attributes = new List<string>();
        if (entry?.Info is null) attributes.Add(@"\NonExistent");
        if (noAccess) attributes.Add(@"\NoAccess");
        if (entry is not null) attributes.Add(entry.HasChildren ? @"\HasChildren" : @"\HasNoChildren");
        if (entry?.IsSubscribed == true) attributes.Add(@"\Subscribed");
        writer.BeginLine("LIST"u8);
        writer.Raw(System.Text.Encoding.ASCII.GetBytes($" ({string.Join(' ', attributes)}) \"/\" "));
        writer.Mailbox(name);
        if (oldName is not null)
        {
            writer.Raw(" (\"OLDNAME\" ("u8);
            writer.Mailbox(oldName);
            writer.Raw("))"u8);
        }
        writer.EndLine();
    }

    private static bool IsMeant(MailboxTree.Entry entry, ImapListSelect select)
    {
        if (select.HasFlag(ImapListSelect.Subscribed) && !entry.IsSubscribed) return false;
        if (select.HasFlag(ImapListSelect.SpecialUse) && entry.Info?.SpecialUse is null) return false;
        // RFC 9051 §6.3.9: also a level that is no mailbox and has some below it, as those of others have
        return entry.Info is not null || entry.HasChildren || select.HasFlag(ImapListSelect.Subscribed);
    }

    /// <summary>What else is asked for of each mailbox.</summary>
    private static void Tell(ImapExecution x, MailboxReader reader, MailboxInfo info, MailboxRights rights, ListCommand command)
    {
        // RFC 5819 §2: of what cannot be selected there is no status
        if (command.Return.HasFlag(ImapListReturn.Status) && rights.HasFlag(MailboxRights.Read)) StatusHandler.Write(x, info, command.Status);
        if (command.Return.HasFlag(ImapListReturn.MyRights)) AclHandlers.WriteMine(x, info.Name, rights);
        if (command.Return.HasFlag(ImapListReturn.Metadata)) MetadataHandlers.WriteListed(x, reader, info, rights, command.Metadata);
    }

    private static void Write(ImapResponseWriter writer, MailboxTree.Entry entry, ListCommand command, bool hasMeant)
    {
        var attributes = new List<string>();
        // RFC 5258 §3: it does not exist, which says that it cannot be selected too
        if (entry.Info is null) attributes.Add(@"\NonExistent");
        attributes.Add(entry.HasChildren ? @"\HasChildren" : @"\HasNoChildren");
        if (entry.IsSubscribed && (command.Select.HasFlag(ImapListSelect.Subscribed) || command.Return.HasFlag(ImapListReturn.Subscribed))) attributes.Add(@"\Subscribed");
        if (entry.Info?.SpecialUse is { } use) attributes.Add(use);
        writer.BeginLine("LIST"u8);
        writer.Raw(System.Text.Encoding.ASCII.GetBytes($" ({string.Join(' ', attributes)}) \"/\" "));
        writer.Mailbox(entry.Name);
        if (hasMeant)
        {
            writer.Raw(" (\"CHILDINFO\" ("u8);
            writer.Raw(string.Join(' ', Criteria(command.Select)) is var text ? System.Text.Encoding.ASCII.GetBytes(text) : []);
            writer.Raw("))"u8);
        }
        writer.EndLine();
    }

    private static IEnumerable<string> Criteria(ImapListSelect select)
    {
        if (select.HasFlag(ImapListSelect.Subscribed)) yield return "\"SUBSCRIBED\"";
        if (select.HasFlag(ImapListSelect.SpecialUse)) yield return "\"SPECIAL-USE\"";
    }
}
