using System.Collections.Frozen;
using System.Text;
using Mta.Protocol.Imap.Reading;

namespace Mta.Protocol.Imap;

/// <summary>What is legal when (RFC 9051 §6): the one place that says it.</summary>
public static class ImapCommandTable
{
    // no command's name is longer
    private const int LongestName = 16;

    private static readonly ImapCommandRule[] Rules =
    [
        new("CAPABILITY", ImapVerb.Capability, ImapStates.Any, SessionParsers.Capability),
        new("NOOP", ImapVerb.Noop, ImapStates.Any, SessionParsers.Noop),
        new("LOGOUT", ImapVerb.Logout, ImapStates.Any, SessionParsers.Logout),
        new("ID", ImapVerb.Id, ImapStates.Any, SessionParsers.Id),

        new("STARTTLS", ImapVerb.StartTls, ImapStates.NotAuthenticated, SessionParsers.StartTls),
        new("AUTHENTICATE", ImapVerb.Authenticate, ImapStates.NotAuthenticated, SessionParsers.Authenticate),
        new("LOGIN", ImapVerb.Login, ImapStates.NotAuthenticated, SessionParsers.Login),

        // RFC 9051 §6.3.1: not once a mailbox is selected
        new("ENABLE", ImapVerb.Enable, ImapStates.Authenticated, SessionParsers.Enable),
        new("UNAUTHENTICATE", ImapVerb.Unauthenticate, ImapStates.SignedIn, SessionParsers.Unauthenticate),
        new("COMPRESS", ImapVerb.Compress, ImapStates.SignedIn, SessionParsers.Compress),
        new("IDLE", ImapVerb.Idle, ImapStates.SignedIn, SessionParsers.Idle),
        new("NOTIFY", ImapVerb.Notify, ImapStates.SignedIn, NotifyParser.Notify),

        new("SELECT", ImapVerb.Select, ImapStates.SignedIn, MailboxParsers.Select),
        new("EXAMINE", ImapVerb.Examine, ImapStates.SignedIn, MailboxParsers.Examine),
        new("CREATE", ImapVerb.Create, ImapStates.SignedIn, MailboxParsers.Create),
        new("DELETE", ImapVerb.Delete, ImapStates.SignedIn, MailboxParsers.Delete),
        new("RENAME", ImapVerb.Rename, ImapStates.SignedIn, MailboxParsers.Rename),
        new("SUBSCRIBE", ImapVerb.Subscribe, ImapStates.SignedIn, MailboxParsers.Subscribe),
        new("UNSUBSCRIBE", ImapVerb.Unsubscribe, ImapStates.SignedIn, MailboxParsers.Unsubscribe),
        new("NAMESPACE", ImapVerb.Namespace, ImapStates.SignedIn, MailboxParsers.Namespace),
        new("STATUS", ImapVerb.Status, ImapStates.SignedIn, MailboxParsers.Status),
        new("LIST", ImapVerb.List, ImapStates.SignedIn, ListParser.List),
        new("LSUB", ImapVerb.Lsub, ImapStates.SignedIn, ListParser.Lsub),

        // their messages are not kept: AppendParser reads them piece by piece
        new("APPEND", ImapVerb.Append, ImapStates.SignedIn, null),
        new("REPLACE", ImapVerb.Replace, ImapStates.Selected, null, HasUid: true),

        new("GETQUOTA", ImapVerb.GetQuota, ImapStates.SignedIn, QuotaParsers.GetQuota),
        new("GETQUOTAROOT", ImapVerb.GetQuotaRoot, ImapStates.SignedIn, QuotaParsers.GetQuotaRoot),
        new("SETQUOTA", ImapVerb.SetQuota, ImapStates.SignedIn, QuotaParsers.SetQuota),
        new("GETMETADATA", ImapVerb.GetMetadata, ImapStates.SignedIn, MetadataParsers.GetMetadata),
        new("SETMETADATA", ImapVerb.SetMetadata, ImapStates.SignedIn, MetadataParsers.SetMetadata),
        new("GETACL", ImapVerb.GetAcl, ImapStates.SignedIn, AclParsers.GetAcl),
        new("SETACL", ImapVerb.SetAcl, ImapStates.SignedIn, AclParsers.SetAcl),
        new("DELETEACL", ImapVerb.DeleteAcl, ImapStates.SignedIn, AclParsers.DeleteAcl),
        new("LISTRIGHTS", ImapVerb.ListRights, ImapStates.SignedIn, AclParsers.ListRights),
        new("MYRIGHTS", ImapVerb.MyRights, ImapStates.SignedIn, AclParsers.MyRights),

        new("CHECK", ImapVerb.Check, ImapStates.Selected, MessageParsers.Check),
        new("CLOSE", ImapVerb.Close, ImapStates.Selected, MessageParsers.Close),
        new("UNSELECT", ImapVerb.Unselect, ImapStates.Selected, MessageParsers.Unselect),
        new("EXPUNGE", ImapVerb.Expunge, ImapStates.Selected, MessageParsers.Expunge, HasUid: true),
        new("SEARCH", ImapVerb.Search, ImapStates.Selected, SearchParsers.Search, HasUid: true),
        new("SORT", ImapVerb.Sort, ImapStates.Selected, SearchParsers.Sort, HasUid: true),
        new("THREAD", ImapVerb.Thread, ImapStates.Selected, SearchParsers.Thread, HasUid: true),
        new("FETCH", ImapVerb.Fetch, ImapStates.Selected, FetchParser.Fetch, HasUid: true),
        new("STORE", ImapVerb.Store, ImapStates.Selected, MessageParsers.Store, HasUid: true),
        new("COPY", ImapVerb.Copy, ImapStates.Selected, MessageParsers.Copy, HasUid: true),
        new("MOVE", ImapVerb.Move, ImapStates.Selected, MessageParsers.Move, HasUid: true),
    ];

    private static readonly FrozenDictionary<string, ImapCommandRule>.AlternateLookup<ReadOnlySpan<char>> ByName =
        Rules.ToFrozenDictionary(rule => rule.Name, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly ImapCommandRule[] ByVerb = [.. Rules.OrderBy(rule => rule.Verb)];

    /// <summary>The states in which a command is legal.</summary>
    public static ImapStates Legal(ImapVerb verb) => ByVerb[(int)verb].Legal;

    /// <summary>A command's name, without UID.</summary>
    public static string Name(ImapVerb verb) => ByVerb[(int)verb].Name;

    /// <summary>The rule of a command, or null; case does not matter.</summary>
    internal static ImapCommandRule? Find(ReadOnlySpan<byte> name)
    {
        Span<char> chars = stackalloc char[LongestName];
        return name.Length <= LongestName && Encoding.ASCII.TryGetChars(name, chars, out int length) && ByName.TryGetValue(chars[..length], out var rule) ? rule : null;
    }
}
