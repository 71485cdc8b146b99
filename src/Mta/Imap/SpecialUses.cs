using Mta.Protocol.Imap;

namespace Mta.Imap;

/// <summary>The special uses that a mailbox here can have (RFC 6154 §2). \All and \Flagged would be views of the others, which there are none of.</summary>
internal static class SpecialUses
{
    private static readonly (ImapSpecialUses Use, string Name)[] Table =
    [
        (ImapSpecialUses.Archive, @"\Archive"), (ImapSpecialUses.Drafts, @"\Drafts"), (ImapSpecialUses.Junk, @"\Junk"), (ImapSpecialUses.Sent, @"\Sent"),
        (ImapSpecialUses.Trash, @"\Trash"), (ImapSpecialUses.Important, @"\Important"),
    ];

    /// <summary>Null for none of them, and for several.</summary>
    public static string? Name(ImapSpecialUses use) => Table.FirstOrDefault(u => u.Use == use).Name;
}
