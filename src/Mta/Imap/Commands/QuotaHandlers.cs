using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Commands;

/// <summary>GETQUOTA and GETQUOTAROOT (RFC 9208): one root, with no name, for all mailboxes. An account's quota is set by the operator, not from here.</summary>
internal static class QuotaHandlers
{
    public static ImapResult Get(ImapExecution x, GetQuotaCommand command)
    {
        if (command.Root.Length > 0) return ImapResult.No("there is no such quota root", ImapCode.NonExistent);
        Write(x);
        return ImapResult.Ok("GETQUOTA done");
    }

    public static ImapResult GetRoot(ImapExecution x, GetQuotaRootCommand command)
    {
        using (var reader = x.Read())
            if (reader.Find(MailboxName.Normalize(command.Mailbox)) is null) return ImapResult.No("there is no such mailbox", ImapCode.NonExistent);
        x.Writer.BeginLine("QUOTAROOT"u8);
        x.Writer.Space();
        x.Writer.Mailbox(command.Mailbox);
        x.Writer.Raw(" \"\""u8);
        x.Writer.EndLine();
        Write(x);
        return ImapResult.Ok("GETQUOTAROOT done");
    }

    private static void Write(ImapExecution x)
    {
        using var reader = x.Read();
        long octets = reader.Usage().Octets;
        x.Writer.BeginLine("QUOTA"u8);
        x.Writer.Raw(" \"\" ("u8);
        // RFC 9208 §5.1: STORAGE is in units of 1024 octets
        if (x.Account.Quota > 0)
        {
            x.Writer.Raw("STORAGE "u8);
            x.Writer.Number((ulong)((octets + 1023) / 1024));
            x.Writer.Space();
            x.Writer.Number((ulong)(x.Account.Quota / 1024));
        }
        x.Writer.Raw(")"u8);
        x.Writer.EndLine();
    }
}
