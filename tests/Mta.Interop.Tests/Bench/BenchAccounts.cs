using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Mta.Accounts;
using Mta.Protocol.Addresses;
using Mta.Protocol.Sasl;

namespace Mta.Interop.Tests.Bench;

/// <summary>One account, in memory; for tests of what is spoken, not of how accounts are kept.</summary>
internal sealed class BenchAccounts : IDirectory, ITokenValidator
{
    public const string Name = "tim@src.test", Password = "tanst aaf=", Token = "ya29.A0-b_c~d+e/f==";

    private static readonly Account Tim = new(1, Name, 0, 0);
    private static readonly byte[] Salt = RandomNumberGenerator.GetBytes(16);
    private readonly ScramKeys _keys = Derive();

    /// <summary>How each sign-in was proved: password, scram or token.</summary>
    public ConcurrentQueue<string> Proofs { get; } = new();

    public bool IsLocal(string domain) => domain == "src.test";

    public ValueTask<Resolution> ResolveAsync(MailPath address, CancellationToken cancel) =>
        new(address.Address == Name ? new Resolution.Deliverable([address]) : Resolution.Unknown.Instance);

    public Task<SignIn> CheckPasswordAsync(string name, string password, IPAddress client, CancellationToken cancel) => Task.FromResult(Judge(name, password == Password, "password"));

    public ValueTask<ScramKeys> ScramKeysAsync(string name, CancellationToken cancel) => new(_keys);

    public ValueTask<SignIn> SignInAsync(string name, bool proven, IPAddress client, CancellationToken cancel) => new(Judge(name, proven, "proof"));

    public ValueTask<bool> MaySendAsAsync(Account account, MailPath address, CancellationToken cancel) => new(address.Address == Name);

    public ValueTask<string?> ValidateAsync(string token, CancellationToken cancel) => new(token == Token ? Name : null);

    private SignIn Judge(string name, bool proven, string how)
    {
        if (!proven || name != Name) return SignIn.Refused.Instance;
        Proofs.Enqueue(how);
        return new SignIn.Accepted(Tim);
    }

    private static ScramKeys Derive()
    {
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Password, Salt, 4096, HashAlgorithmName.SHA256, 32);
        return new([.. Salt], 4096, [.. SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8))], [.. HMACSHA256.HashData(salted, "Server Key"u8)]);
    }
}
