using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Mta.Accounts;
using Mta.Accounts.Admin;
using Mta.Accounts.Passwords;
using Mta.Config;
using Mta.Protocol.Addresses;

namespace Mta.Tests.Accounts;

/// <summary>A directory in a folder of its own, with passwords that cost little and a clock that stands.</summary>
internal sealed class DirectoryBench : IDisposable
{
    public static readonly IPAddress Here = IPAddress.Parse("192.0.2.1"), Elsewhere = IPAddress.Parse("198.51.100.7");
    private readonly List<SqlDirectory> _open = [];
    private readonly AccountsSettings _settings;

    /// <param name="change">What is not as in reference.conf.</param>
    public DirectoryBench(Func<AccountsSettings, AccountsSettings>? change = null)
    {
        _settings = Settings(change);
        Directory = Open();
    }

    public string Folder { get; } = System.IO.Path.Combine(System.IO.Directory.CreateTempSubdirectory("mta-accounts-").FullName, "accounts");
    public FakeTimeProvider Clock { get; } = new(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    public SqlDirectory Directory { get; private set; }
    public DirectoryAdmin Admin => Directory.Admin;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static AccountsSettings Settings(Func<AccountsSettings, AccountsSettings>? change = null)
    {
        var settings = AccountsSettings.From(ConfigFile.Parse("", "test").Mta.Section("accounts"));
        settings = settings with
        {
            Passwords = settings.Passwords with { Argon2 = new Argon2Cost(64, 1), ScramIterations = ScramSecret.MinIterations, Parallel = 4 },
            Guessing = settings.Guessing with { FailureDelay = TimeSpan.Zero },
        };
        return change?.Invoke(settings) ?? settings;
    }

    /// <summary>With the domain ours.test and an account for each name.</summary>
    public static async Task<DirectoryBench> With(params string[] accounts)
    {
        var bench = new DirectoryBench();
        await bench.Add(accounts);
        return bench;
    }

    public async Task Add(params string[] accounts)
    {
        await Admin.Domains.AddAsync("ours.test", null, Cancel);
        foreach (string name in accounts) await Admin.Accounts.AddAsync($"{name}@ours.test", null, 0, 0, Cancel);
    }

    /// <summary>One more on the same database, as another process would have.</summary>
    public SqlDirectory Open(Func<AccountsSettings, AccountsSettings>? change = null)
    {
        var directory = SqlDirectory.Open(Folder, change?.Invoke(_settings) ?? _settings, Clock, NullLogger.Instance);
        _open.Add(directory);
        return directory;
    }

    public void Restart(Func<AccountsSettings, AccountsSettings>? change = null)
    {
        Directory.Dispose();
        Directory = Open(change);
    }

    public static MailPath Mail(string address) => new(address, DomainName.Normalize(address[(address.LastIndexOf('@') + 1)..])!);

    public ValueTask<Resolution> Resolve(string address) => Directory.ResolveAsync(Mail(address), Cancel);

    /// <summary>Where mail goes, in order; "unknown" or the reply where it goes nowhere.</summary>
    public async Task<string> Targets(string address) => await Resolve(address) switch
    {
        Resolution.Deliverable d => string.Join(' ', d.Targets.Select(t => t.Address).Order(StringComparer.Ordinal)),
        Resolution.Closed c => c.Reply.ToString(),
        _ => "unknown",
    };

    public Task<SignIn> SignIn(string name, string password, IPAddress? client = null) => Directory.CheckPasswordAsync(name, password, client ?? Here, Cancel);

    public async Task<Account> Account(string name)
    {
        var result = await Directory.SignInAsync($"{name}@ours.test", proven: true, IPAddress.Loopback, Cancel);
        return Assert.IsType<SignIn.Accepted>(result).Account;
    }

    public static async Task<DirectoryException> Refused(DirectoryError error, Func<Task> change)
    {
        var refused = await Assert.ThrowsAsync<DirectoryException>(change);
        Assert.Equal(error, refused.Error);
        return refused;
    }

    public void Dispose()
    {
        foreach (var directory in _open) directory.Dispose();
        System.IO.Directory.Delete(System.IO.Path.GetDirectoryName(Folder)!, recursive: true);
    }
}
