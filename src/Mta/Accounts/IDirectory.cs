using System.Collections.Immutable;
using System.Net;
using Mta.Protocol.Addresses;
using Mta.Protocol.Sasl;
using Mta.Protocol.Smtp;

namespace Mta.Accounts;

/// <summary>
/// Which domains and mailboxes are ours, and who may use them. Safe from any thread. A database that cannot be reached is an
/// <see cref="IOException"/>, which the caller answers with a 4yz reply, never a 5yz one.
/// </summary>
public interface IDirectory
{
    /// <summary>Whether mail for a domain (lower case, A-labels) ends here. From memory: it never waits.</summary>
    bool IsLocal(string domain);

    /// <summary>Where mail for an address of one of our domains goes: accounts, aliases, groups, plus addressing, catch-all.</summary>
    ValueTask<Resolution> ResolveAsync(MailPath address, CancellationToken cancel);

    /// <summary>The account that has an address as its main one, with or without a detail (RFC 5233): what <see cref="Resolution.Deliverable"/> names. Null for none.</summary>
    ValueTask<Account?> FindAccountAsync(MailPath address, CancellationToken cancel);

    /// <summary>The account that signs in with a name, whether it may or not. Null for none.</summary>
    ValueTask<Account?> FindAccountAsync(string name, CancellationToken cancel);

    /// <summary>
    /// Judges a name and a password or an app password. Takes the same time whether the account exists or not. Hashing is bounded in number:
    /// who comes beyond the bound waits, and gets <see cref="SignIn.Busy"/> when the wait is too long.
    /// </summary>
    Task<SignIn> CheckPasswordAsync(string name, string password, IPAddress client, CancellationToken cancel);

    /// <summary>The keys for SCRAM-SHA-256 of a name: of a name that does not exist always the same invented ones (RFC 5802 §9).</summary>
    ValueTask<ScramKeys> ScramKeysAsync(string name, CancellationToken cancel);

    /// <summary>Ends a sign-in whose proof another has checked, SCRAM or a token: it counts against guessing, and the account may be shut.</summary>
    ValueTask<SignIn> SignInAsync(string name, bool proven, IPAddress client, CancellationToken cancel);

    /// <summary>Whether an account may send under an address, as reverse-path or in From.</summary>
    ValueTask<bool> MaySendAsAsync(Account account, MailPath address, CancellationToken cancel);
}

/// <summary>Someone who can sign in, with one mailbox.</summary>
/// <param name="Id">Never used again, also after the account is gone.</param>
/// <param name="Address">Its main address, <c>local@domain</c> in lower case; also the name to sign in with.</param>
/// <param name="Quota">Octets that its mailbox may hold, 0 for any.</param>
/// <param name="MessagesPerHour">Recipients it may send to in an hour, 0 for any.</param>
public sealed record Account(long Id, string Address, long Quota, int MessagesPerHour);

/// <summary>What becomes of mail for an address.</summary>
public abstract record Resolution
{
    private Resolution() { }

    /// <summary>It goes to these, each once: mailboxes of ours, and addresses elsewhere.</summary>
    /// <param name="Targets">At least one.</param>
    public sealed record Deliverable(ImmutableArray<MailPath> Targets) : Resolution;

    /// <summary>There is no such mailbox: 550 5.1.1.</summary>
    public sealed record Unknown : Resolution
    {
        public static Unknown Instance { get; } = new();
    }

    /// <summary>There is, but it takes nothing now: 452 4.2.2 for a full mailbox, 550 5.2.1 for a closed one.</summary>
    public sealed record Closed(SmtpReply Reply) : Resolution;
}

/// <summary>The outcome of a sign-in.</summary>
public abstract record SignIn
{
    private SignIn() { }

    public sealed record Accepted(Account Account) : SignIn;

    /// <summary>Wrong name, wrong password, or a closed account: which, the client is not told (535 5.7.8).</summary>
    public sealed record Refused : SignIn
    {
        public static Refused Instance { get; } = new();
    }

    /// <summary>Too many failures from this address or for this name: nothing was judged (454 4.7.0).</summary>
    public sealed record Locked(TimeSpan For) : SignIn;

    /// <summary>More sign-ins at once than can be judged: try again (454 4.7.0).</summary>
    public sealed record Busy : SignIn
    {
        public static Busy Instance { get; } = new();
    }
}
