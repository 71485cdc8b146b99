using System.Net;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Protocol.Addresses;
using Mta.Protocol.Sasl;
using Mta.Protocol.Smtp;

namespace Mta.LocalDelivery;

/// <summary>
/// A directory that knows which mailboxes are full: mail for one is refused before it is sent, to be tried again (RFC 5321 §4.2.5). A message for
/// several at once is taken, and waits in the queue for the one that is full.
/// </summary>
/// <param name="isElsewhere">The mailboxes of a domain of ours are another server's.</param>
public sealed class QuotaDirectory(IDirectory accounts, MailStore mail, Func<string, bool> isElsewhere) : IDirectory
{
    private static readonly Resolution Full = new Resolution.Closed(SmtpReply.Parse("452 4.2.2 the mailbox is full"));

    public bool IsLocal(string domain) => accounts.IsLocal(domain);

    public async ValueTask<Resolution> ResolveAsync(MailPath address, CancellationToken cancel)
    {
        var resolution = await accounts.ResolveAsync(address, cancel).ConfigureAwait(false);
        if (resolution is not Resolution.Deliverable([var target]) || isElsewhere(target.Domain)) return resolution;
        var account = await accounts.FindAccountAsync(target, cancel).ConfigureAwait(false);
        return account is { Quota: > 0 } && await Task.Run(() => IsFull(account), cancel).ConfigureAwait(false) ? Full : resolution;
    }

    public ValueTask<Account?> FindAccountAsync(MailPath address, CancellationToken cancel) => accounts.FindAccountAsync(address, cancel);

    public ValueTask<Account?> FindAccountAsync(string name, CancellationToken cancel) => accounts.FindAccountAsync(name, cancel);

    public Task<SignIn> CheckPasswordAsync(string name, string password, IPAddress client, CancellationToken cancel) => accounts.CheckPasswordAsync(name, password, client, cancel);

    public ValueTask<ScramKeys> ScramKeysAsync(string name, CancellationToken cancel) => accounts.ScramKeysAsync(name, cancel);

    public ValueTask<SignIn> SignInAsync(string name, bool proven, IPAddress client, CancellationToken cancel) => accounts.SignInAsync(name, proven, client, cancel);

    public ValueTask<bool> MaySendAsAsync(Account account, MailPath address, CancellationToken cancel) => accounts.MaySendAsAsync(account, address, cancel);

    private bool IsFull(Account account)
    {
        using var reader = mail.Read(account.Id);
        return reader.Usage().Octets >= account.Quota;
    }
}
