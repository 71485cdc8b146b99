using System.Globalization;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Verify;

/// <summary>What a check has found, and what repairs it.</summary>
/// <param name="AccountId">Whose it is; null for nobody's.</param>
/// <param name="Repair">Null where nothing can.</param>
internal sealed record StoreProblem(StoreFinding Finding, long? AccountId, Func<Task>? Repair)
{
    /// <summary>Repairs it where that was asked for, and says how that went.</summary>
    /// <param name="names">The accounts' addresses, by their ids.</param>
    public async Task<StoreFinding> EndAsync(bool repair, IReadOnlyDictionary<long, string> names)
    {
        var finding = AccountId is { } id ? Finding with { Account = names.GetValueOrDefault(id) ?? string.Create(CultureInfo.InvariantCulture, $"account {id}") } : Finding;
        if (Repair is null) return finding with { State = FindingState.Damaged };
        if (!repair) return finding;
        try
        {
            await Repair().ConfigureAwait(false);
            return finding with { State = FindingState.Repaired };
        }
        catch (Exception e) when (e is IOException or MailboxException)
        {
            return finding with { State = FindingState.Failed, What = $"{finding.What}; the repair failed: {e.Message}" };
        }
    }
}

/// <summary>What a part of the check found.</summary>
/// <param name="Last">What it was about last, where the next part begins; null where the stage is at its end.</param>
/// <param name="Total">Where the stage ends.</param>
internal sealed record CheckedPart(IReadOnlyList<StoreProblem> Problems, long? Last, long Total);

/// <summary>A change to what is no one account's.</summary>
internal sealed class StoreChange : CommitThread.Change
{
    private readonly Action<MailboxConnection> _change;
    private readonly TaskCompletionSource _made = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StoreChange(Action<MailboxConnection> change) => _change = change;

    public static Task PostAsync(MailStore store, Action<MailboxConnection> change)
    {
        var made = new StoreChange(change);
        store.Commits.Post(made);
        return made._made.Task;
    }

    public override void Make(MailboxConnection connection) => _change(connection);

    public override void Made() => _made.SetResult();

    public override void Failed(Exception e) => _made.SetException(e);
}
