using Mta.Mailbox;

namespace Mta.Imap.Commands;

/// <summary>The names that an account has for mailboxes: its own, those of others that it may look up, those that it has only subscribed to, and what is above these.</summary>
internal sealed class MailboxTree
{
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public MailboxTree(IReadOnlyList<VisibleMailbox> mailboxes, IReadOnlyList<string> subscriptions)
    {
        var subscribed = subscriptions.ToHashSet(StringComparer.Ordinal);
        var existing = mailboxes.Select(Seen).ToDictionary(m => m.Info.Name, StringComparer.Ordinal);
        var parents = Above(existing.Keys);
        // RFC 3501 §6.3.9: also those that are not there, and have only names below them that are subscribed to
        foreach (string name in existing.Keys.Concat(parents).Concat(subscribed).Concat(Above(subscribed)))
        {
            if (!_names.Add(name)) continue;
            var found = existing.GetValueOrDefault(name);
            _entries.Add(name, new(name, found?.Info, found?.Rights ?? MailboxRights.None, subscribed.Contains(name), parents.Contains(name)));
        }
        // INBOX first, as everybody expects
        Entries = [.. _names.OrderBy(n => n != MailboxName.Inbox).ThenBy(n => n, StringComparer.Ordinal).Select(n => _entries[n])];
    }

    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>Null where there is no such name.</summary>
    public Entry? Find(string name) => _entries.GetValueOrDefault(name);

    /// <summary>All levels below a name.</summary>
    public IEnumerable<Entry> Below(string name) =>
        _names.GetViewBetween(name + MailboxName.Separator, name + (char)(MailboxName.Separator + 1)).Where(n => n.StartsWith(name + MailboxName.Separator, StringComparison.Ordinal)).Select(n => _entries[n]);

    /// <summary>Under the name that it has here; what its owner uses it for is the owner's (RFC 6154 §2).</summary>
    private static VisibleMailbox Seen(VisibleMailbox mailbox) => mailbox.Owner is null ? mailbox
        : mailbox with { Info = mailbox.Info with { Name = NamedMailbox.Seen(mailbox.Owner, mailbox.Info.Name), SpecialUse = null } };

    private static HashSet<string> Above(IEnumerable<string> names)
    {
        var above = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
            for (string? parent = MailboxName.Parent(name); parent is not null && above.Add(parent); parent = MailboxName.Parent(parent)) { }
        return above;
    }

    /// <param name="Info">Null where there is no such mailbox.</param>
    /// <param name="Rights">What may be done with it.</param>
    internal sealed record Entry(string Name, MailboxInfo? Info, MailboxRights Rights, bool IsSubscribed, bool HasChildren);
}
