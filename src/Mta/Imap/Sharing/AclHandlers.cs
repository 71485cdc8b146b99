using System.Text;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Sharing;

/// <summary>SETACL, DELETEACL, GETACL, LISTRIGHTS, MYRIGHTS (RFC 4314 §3). Identifiers are the addresses of accounts, and "anyone".</summary>
internal static class AclHandlers
{
    private const string Anyone = "anyone";

    // RFC 4314 §4: one of these
    private const MailboxRights ForMyRights =
        MailboxRights.Lookup | MailboxRights.Read | MailboxRights.Insert | MailboxRights.Create | MailboxRights.Delete | MailboxRights.Administer;

    public static async Task<ImapResult> SetAsync(ImapExecution x, SetAclCommand command)
    {
        // RFC 4314 §3.1: a right that is not known is not passed over
        if (RightsText.Read(command.Rights) is not { } rights) return ImapResult.Bad("there is no such right");
        return await ChangeAsync(x, command.Mailbox, command.Identifier, "SETACL", command.Change switch
        {
            ImapRightsChange.Add => before => before | rights,
            ImapRightsChange.Remove => before => before & ~rights,
            _ => _ => rights,
        }).ConfigureAwait(false);
    }

    public static Task<ImapResult> DeleteAsync(ImapExecution x, DeleteAclCommand command) => ChangeAsync(x, command.Mailbox, command.Identifier, "DELETEACL", _ => MailboxRights.None);

    public static async Task<ImapResult> GetAsync(ImapExecution x, GetAclCommand command)
    {
        var mailbox = await NamedMailbox.FindAsync(x, command.Mailbox).ConfigureAwait(false);
        var info = mailbox.Demand(MailboxRights.Administer);
        using var reader = x.Read(mailbox.Owner);
        var acl = reader.Acl(info.Id);
        x.Writer.BeginLine("ACL"u8);
        x.Writer.Space();
        x.Writer.Mailbox(info.Name);
        Pair(mailbox.Owner.Address, acl.Granted(mailbox.Owner.Id));
        foreach (var entry in acl.Entries.Where(e => e.Account != mailbox.Owner.Id)) Pair(entry.Account == Acl.Anyone ? Anyone : entry.Address, entry.Rights);
        x.Writer.EndLine();
        return ImapResult.Ok("GETACL done");

        void Pair(string identifier, MailboxRights rights)
        {
            x.Writer.Space();
            x.Writer.AString(identifier);
            x.Writer.Space();
            x.Writer.AString(RightsText.Write(rights));
        }
    }

    public static async Task<ImapResult> ListAsync(ImapExecution x, ListRightsCommand command)
    {
        var mailbox = await NamedMailbox.FindAsync(x, command.Mailbox).ConfigureAwait(false);
        var info = mailbox.Demand(MailboxRights.Administer);
        var (grantee, refused) = await IdentifyAsync(x, command.Identifier).ConfigureAwait(false);
        if (refused is not null) return refused;
        var always = grantee?.Id == mailbox.Owner.Id ? Acl.OwnersAlways : MailboxRights.None;
        x.Writer.BeginLine("LISTRIGHTS"u8);
        x.Writer.Space();
        x.Writer.Mailbox(info.Name);
        x.Writer.Space();
        // RFC 4314 §3.4: as the client spelled it
        x.Writer.AString(command.Identifier);
        x.Writer.Space();
        x.Writer.AString(RightsText.Write(always));
        // §3.7: each by itself, none is tied to another
        foreach (char letter in RightsText.Write(MailboxRights.All & ~always)) x.Writer.Raw([(byte)' ', (byte)letter]);
        x.Writer.EndLine();
        return ImapResult.Ok("LISTRIGHTS done");
    }

    public static async Task<ImapResult> MineAsync(ImapExecution x, MyRightsCommand command)
    {
        var mailbox = await NamedMailbox.FindAsync(x, command.Mailbox).ConfigureAwait(false);
        var info = mailbox.Demand((mailbox.Rights & ForMyRights) != 0 ? MailboxRights.None : MailboxRights.Lookup);
        WriteMine(x, info.Name, mailbox.Rights);
        return ImapResult.Ok("MYRIGHTS done");
    }

    /// <summary>The untagged response (RFC 4314 §3.8), also that of LIST (RFC 8440).</summary>
    public static void WriteMine(ImapExecution x, string name, MailboxRights rights)
    {
        x.Writer.BeginLine("MYRIGHTS"u8);
        x.Writer.Space();
        x.Writer.Mailbox(name);
        x.Writer.Space();
        x.Writer.Raw(Encoding.ASCII.GetBytes(RightsText.Write(rights)));
        x.Writer.EndLine();
    }

    private static async Task<ImapResult> ChangeAsync(ImapExecution x, string name, string identifier, string command, Func<MailboxRights, MailboxRights> change)
    {
        var mailbox = await NamedMailbox.FindAsync(x, name).ConfigureAwait(false);
        mailbox.Demand(MailboxRights.Administer);
        var (grantee, refused) = await IdentifyAsync(x, identifier).ConfigureAwait(false);
        if (refused is not null) return refused;
        await x.Mailboxes.ChangeAclAsync(mailbox.Owner, mailbox.Name, grantee, change).ConfigureAwait(false);
        return ImapResult.Ok($"{command} done");
    }

    /// <summary>The account that an identifier means, null for anyone; or why it means none.</summary>
    private static async Task<(Account? Grantee, ImapResult? Refused)> IdentifyAsync(ImapExecution x, string identifier)
    {
        if (identifier.Length == 0) return (null, ImapResult.Bad("an identifier must not be empty"));
        // RFC 4314 §2: a server need not have negative rights
        if (identifier[0] == '-') return (null, ImapResult.No("there are no negative rights here", ImapCode.Cannot));
        if (identifier.Equals(Anyone, StringComparison.OrdinalIgnoreCase)) return (null, null);
        return await x.Directory.FindAccountAsync(identifier, CancellationToken.None).ConfigureAwait(false) is { } account ? (account, null) : (null, ImapResult.No("there is no such account"));
    }
}
