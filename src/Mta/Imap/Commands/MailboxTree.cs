using Mta.Mailbox;

namespace Mta.Imap.Commands;

/// <summary>The names of an account: of its mailboxes, of those that it has only subscribed to, and what is above these.</summary>
internal sealed class MailboxTree
{
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public MailboxTree(IReadOnlyList<MailboxInfo> mailboxes, IReadOnlyList<string> subscriptions)
    {
        var subscribed = subscriptions.ToHashSet(StringComparer.Ordinal);
        var existing = mailboxes.ToDictionary(m => m.Name, StringComparer.Ordinal);
        var parents = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in existing.Keys)
            for (string? parent = MailboxName.Parent(name); parent is not null && parents.Add(parent); parent = MailboxName.Parent(parent)) { }
        // RFC 3501 §6.3.9: also those that are not there, and have only names below them that are subscribed to
        var above = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in subscribed)
            for (string? parent = MailboxName.Parent(name); parent is not null && above.Add(parent); parent = MailboxName.Parent(parent)) { }
        foreach (string name in existing.Keys.Concat(subscribed).Concat(above))
        {
            if (_names.Add(name)) _entries.Add(name, new(name, existing.GetValueOrDefault(name), subscribed.Contains(name), parents.Contains(name)));
        }
        // INBOX first, as everybody expects
        Entries = [.. _names.OrderBy(n => n != MailboxName.Inbox).ThenBy(n => n, StringComparer.Ordinal).Select(n => _entries[n])];
    }

    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>All levels below a name.</summary>
    public IEnumerable<Entry> Below(string name) =>
        _names.GetViewBetween(name + MailboxName.Separator, name + (char)(MailboxName.Separator + 1)).Where(n => n.StartsWith(name + MailboxName.Separator, StringComparison.Ordinal)).Select(n => _entries[n]);

    /// <param name="Info">Null where there is no such mailbox.</param>
    internal sealed record Entry(string Name, MailboxInfo? Info, bool IsSubscribed, bool HasChildren);
}
