using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Mta.Accounts;
using Mta.Protocol.Addresses;
using Mta.Protocol.Sasl;
using Mta.Testing;

namespace Mta.Tests.Smtp;

/// <summary>Accounts in memory. All have the same password and the same token; what they may do can be told, delayed and made to fail.</summary>
internal sealed class TestDirectory : IDirectory, ITokenValidator
{
    private static readonly byte[] Salt = [1, 2, 3, 4];

    /// <summary>By the name to sign in with.</summary>
    public Dictionary<string, Account> Users { get; } = [];

    public HashSet<string> LocalDomains { get; } = [];

    /// <summary>By address; a mailbox that is not here is unknown.</summary>
    public Dictionary<string, Resolution> Mailboxes { get; } = [];

    public string Password { get; init; } = SmtpScript.Password;

    /// <summary>What each question waits for, if anything.</summary>
    public Task? Delay { get; set; }

    /// <summary>No answer is at hand at once.</summary>
    public bool IsSlow { get; set; }

    /// <summary>Every question fails.</summary>
    public bool Fails { get; set; }

    public ConcurrentQueue<string> Questions { get; } = new();

    public bool IsLocal(string domain) => LocalDomains.Contains(domain);

    public ValueTask<Resolution> ResolveAsync(MailPath address, CancellationToken cancel) =>
        Answer("resolve " + address.Address, Mailboxes.GetValueOrDefault(address.Address, Resolution.Unknown.Instance));

    public ValueTask<Account?> FindAccountAsync(MailPath address, CancellationToken cancel) => Answer("account " + address.Address, Users.GetValueOrDefault(address.Address));

    public ValueTask<Account?> FindAccountAsync(string name, CancellationToken cancel) => Answer("account " + name, Users.GetValueOrDefault(name));

    public Task<SignIn> CheckPasswordAsync(string name, string password, IPAddress client, CancellationToken cancel) =>
        Answer("password " + name, name switch
        {
            SmtpScript.BusyUser => SignIn.Busy.Instance,
            Pop3Script.LockedUser => new SignIn.Locked(TimeSpan.FromSeconds(2)),
            _ => Judge(name, password == Password),
        }).AsTask();

    public ValueTask<ScramKeys> ScramKeysAsync(string name, CancellationToken cancel)
    {
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Password, Salt, 4096, HashAlgorithmName.SHA256, 32);
        return Answer("keys " + name, new ScramKeys(
            [.. Salt], 4096, [.. SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8))], [.. HMACSHA256.HashData(salted, "Server Key"u8)]));
    }

    public ValueTask<SignIn> SignInAsync(string name, bool proven, IPAddress client, CancellationToken cancel) => Answer($"sign-in {name} {proven}", Judge(name, proven));

    public ValueTask<bool> MaySendAsAsync(Account account, MailPath address, CancellationToken cancel) =>
        Answer("may-send-as " + address.Address, address.Address == account.Address || address.Address.StartsWith("alias-", StringComparison.Ordinal));

    public ValueTask<string?> ValidateAsync(string token, CancellationToken cancel) => Answer("token", token == SmtpScript.Token ? Users.Keys.First() : null);

    private SignIn Judge(string name, bool proven) => proven && Users.TryGetValue(name, out var account) ? new SignIn.Accepted(account) : SignIn.Refused.Instance;

    private ValueTask<T> Answer<T>(string question, T answer)
    {
        Questions.Enqueue(question);
        if (Fails) throw new IOException("the database is away");
        return IsSlow || Delay is { IsCompleted: false } ? Later(Delay ?? Task.CompletedTask) : new(answer);

        async ValueTask<T> Later(Task wait)
        {
            await wait;
            await Task.Yield();
            return answer;
        }
    }
}
