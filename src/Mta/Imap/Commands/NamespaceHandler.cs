namespace Mta.Imap.Commands;

/// <summary>NAMESPACE (RFC 9051 §6.3.10): the user's own mailboxes, and those of others.</summary>
internal static class NamespaceHandler
{
    public static ImapResult Run(ImapExecution x)
    {
        x.Writer.BeginLine("NAMESPACE"u8);
        x.Writer.Raw(" ((\"\" \"/\")) ((\"Other Users/\" \"/\")) NIL"u8);
        x.Writer.EndLine();
        return ImapResult.Ok("NAMESPACE done");
    }
}
