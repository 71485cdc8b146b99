using Mta.Accounts.Passwords;
using Mta.Accounts.Store;

namespace Mta.Accounts.Admin;

/// <summary>
/// What an operator does with the directory. Every call throws <see cref="DirectoryException"/> for what is wrong with it, and
/// <see cref="IOException"/> when the database cannot be used; then nothing has changed. What succeeded holds for the next session.
/// </summary>
public sealed class DirectoryAdmin
{
    /// <summary>Entries of a list at most.</summary>
    public const int MaxList = 10_000;

    internal DirectoryAdmin(DirectoryStore store, PasswordHasher hasher)
    {
        (Domains, Accounts, Aliases) = (new(store), new(store, hasher), new(store));
        (AppPasswords, SenderRights) = (new(store), new(store));
    }

    public DomainAdmin Domains { get; }
    public AccountAdmin Accounts { get; }
    public AliasAdmin Aliases { get; }
    public AppPasswordAdmin AppPasswords { get; }
    public SenderRightAdmin SenderRights { get; }
}

/// <summary>A part of a list, in alphabetic order.</summary>
/// <param name="Total">Of the whole list.</param>
/// <param name="Next">Ask for the entries after this one; null at the end.</param>
public sealed record Page<T>(int Total, IReadOnlyList<T> Entries, string? Next);
