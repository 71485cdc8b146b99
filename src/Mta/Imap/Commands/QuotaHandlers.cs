using Mta.Accounts;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Commands;

/// <summary>
/// GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208): one root, with no name, for all of the user's own mailboxes, and one for those of each other account. A quota is set
/// by the operator, not from here.
/// </summary>
internal static class QuotaHandlers
{
    public static async Task<ImapResult> GetAsync(ImapExecution x, GetQuotaCommand command)
    {
        if (await FindRootAsync(x, command.Root).ConfigureAwait(false) is not { } owner) return ImapResult.No("there is no such quota root", ImapCode.NonExistent);
        Write(x, owner);
        return ImapResult.Ok("GETQUOTA done");
    }

    public static async Task<ImapResult> GetRootAsync(ImapExecution x, GetQuotaRootCommand command)
    {
        // RFC 9208 §4.2.2 asks for what SELECT needs
        var mailbox = await NamedMailbox.FindAsync(x, command.Mailbox).ConfigureAwait(false);
        mailbox.Demand(MailboxRights.Read);
        x.Writer.BeginLine("QUOTAROOT"u8);
        x.Writer.Space();
        x.Writer.Mailbox(command.Mailbox);
        x.Writer.Space();
        x.Writer.String(Root(x, mailbox.Owner));
        x.Writer.EndLine();
        Write(x, mailbox.Owner);
        return ImapResult.Ok("GETQUOTAROOT done");
    }

    /// <summary>Without QUOTASET among the capabilities nobody may set any (RFC 9208 §3.1.2), which is better said than that there is no such command.</summary>
    public static ImapResult Set(SetQuotaCommand command) =>
        command.Limits.Any(l => l.Key != "STORAGE") ? ImapResult.No("there is no such resource", ImapCode.Cannot) : ImapResult.No("quotas are set by the operator of the server", ImapCode.NoPerm);

    private static string Root(ImapExecution x, Account owner) => owner.Id == x.Account.Id ? "" : NamedMailbox.Prefix + owner.Address;

    /// <summary>The account that has a root; null also where it has no mailbox that may be read.</summary>
    private static async Task<Account?> FindRootAsync(ImapExecution x, string root)
    {
        if (root.Length == 0) return x.Account;
        if (!NamedMailbox.IsOthers(root)) return null;
        string address = root[NamedMailbox.Prefix.Length..];
        using (var reader = x.Read())
            if (!reader.Visible().Any(m => m.Owner == address && m.Rights.HasFlag(MailboxRights.Read))) return null;
        return await x.Directory.FindAccountAsync(address, CancellationToken.None).ConfigureAwait(false);
    }

    private static void Write(ImapExecution x, Account owner)
    {
        using var reader = x.Read(owner);
        long octets = reader.Usage().Octets;
        x.Writer.BeginLine("QUOTA"u8);
        x.Writer.Space();
        x.Writer.String(Root(x, owner));
        x.Writer.Raw(" ("u8);
        // RFC 9208 §5.1: STORAGE is in units of 1024 octets
        if (owner.Quota > 0)
        {
            x.Writer.Raw("STORAGE "u8);
            x.Writer.Number((ulong)((octets + 1023) / 1024));
            x.Writer.Space();
            x.Writer.Number((ulong)(owner.Quota / 1024));
        }
        x.Writer.Raw(")"u8);
        x.Writer.EndLine();
    }
}
