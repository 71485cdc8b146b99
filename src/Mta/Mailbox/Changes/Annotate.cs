using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>Notes something of a mailbox or of the server, or takes notes away: all of them or none (RFC 5464 §4.3).</summary>
internal static class Annotate
{
    /// <param name="name">Of a mailbox; null for the server.</param>
    /// <param name="account">Whose the private ones are.</param>
    /// <param name="values">By entry; null takes it away.</param>
    /// <param name="most">Entries that a mailbox may have that are shared, and as many private to each account.</param>
    public static void Run(AccountTransaction transaction, string? name, long account, IReadOnlyList<KeyValuePair<string, byte[]?>> values, int most)
    {
        long id = name is null ? AnnotationTable.Server : transaction.Mailbox(name).Id;
        foreach (var (entry, value) in values) AnnotationTable.Set(transaction.Sql, id, account, entry, value);
        if (AnnotationTable.Count(transaction.Sql, id, account, shared: true) > most || AnnotationTable.Count(transaction.Sql, id, account, shared: false) > most)
            throw new MailboxException(MailboxProblem.TooManyAnnotations, $"there can be {most} entries, and no more");
        transaction.Tell(new MailboxEvent.Annotated(name ?? "", account, [.. values.Select(v => v.Key).Distinct()], name is null ? null : AclTable.Read(transaction.Sql, transaction.AccountId, id)));
    }
}
