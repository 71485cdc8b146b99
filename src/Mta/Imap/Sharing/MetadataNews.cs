using Mta.Mailbox;
using Mta.Protocol.Imap.Writing;

namespace Mta.Imap.Sharing;

/// <summary>Which entries others have changed, for a session that wants to know (RFC 5464 §4.1). Entries that changed several times are told once.</summary>
internal sealed class MetadataNews
{
    // far more than a client that reads lets wait; more than these are not told
    private const int MaxNames = 1000;

    private readonly SortedDictionary<string, SortedSet<string>> _changed = new(StringComparer.Ordinal);

    public bool HasNews => _changed.Count > 0;

    /// <param name="account">The session's.</param>
    /// <param name="owner">The address of the account whose mailbox it is, where that is another.</param>
    public void Take(MailboxEvent.Annotated what, long account, string? owner)
    {
        if (what.Acl is { } acl && !MetadataHandlers.CanAnnotate(acl.Of(account))) return;
        // what others note for themselves of the server, or of a mailbox
        var entries = what.Entries.Where(e => Annotation.IsShared(e) || what.Account == account).ToList();
        string name = NamedMailbox.Seen(owner, what.Name);
        if (entries.Count == 0 || _changed.Values.Sum(c => c.Count) + entries.Count > MaxNames) return;
        if (!_changed.TryGetValue(name, out var changed)) _changed.Add(name, changed = new(StringComparer.Ordinal));
        changed.UnionWith(entries);
    }

    /// <summary>RFC 5464 §4.4.2: the names alone.</summary>
    public void Write(ImapResponseWriter writer)
    {
        foreach (var (mailbox, entries) in _changed) Write(writer, mailbox, entries);
        _changed.Clear();
    }

    public static void Write(ImapResponseWriter writer, string mailbox, IEnumerable<string> entries)
    {
        writer.BeginLine("METADATA"u8);
        writer.Space();
        writer.Mailbox(mailbox);
        foreach (string entry in entries)
        {
            writer.Space();
            writer.AString(entry);
        }
        writer.EndLine();
    }
}
