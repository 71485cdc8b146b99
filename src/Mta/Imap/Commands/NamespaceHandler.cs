namespace Mta.Imap.Commands;

/// <summary>NAMESPACE (RFC 9051 §6.3.10): all mailboxes are the user's own.</summary>
internal static class NamespaceHandler
{
    public static ImapResult Run(ImapExecution x)
    {
        x.Writer.BeginLine("NAMESPACE"u8);
        x.Writer.Raw(" ((\"\" \"/\")) NIL NIL"u8);
        x.Writer.EndLine();
        return ImapResult.Ok("NAMESPACE done");
    }
}
