using Microsoft.Extensions.Logging;

namespace Mta.Tls.Acme;

/// <summary>
/// Orders what is missing and renews what is about to expire, one order at a time, for as long as it lives. What it gets is on stable storage before it is
/// taken into use. A failure is logged, and tried again later and later; nothing here ever stops the node.
/// </summary>
public sealed class AcmeRenewal : IAsyncDisposable
{
    private const double Jitter = 0.1;
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private readonly Lock _lock = new();
    private readonly CertificateStore _store;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Plan> _plans = [];
    private readonly Task _running;
    private AcmeSettings? _settings;
    private TaskCompletionSource _wake = NewWake();

    /// <summary>What is to be done for a host.</summary>
    private sealed record Plan(DateTimeOffset Due, int Failures = 0, string? Problem = null);

    /// <param name="settings">Null: there is nothing to order, until <see cref="Reload"/>.</param>
    public AcmeRenewal(AcmeSettings? settings, CertificateStore store, TimeProvider clock, ILogger log)
    {
        (_settings, _store, _clock, _log) = (settings, store, clock, log);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Puts new settings in force; what failed before is tried again.</summary>
    public void Reload(AcmeSettings? settings)
    {
        lock (_lock)
        {
            _settings = settings;
            _plans.Clear();
            _wake.TrySetResult();
        }
    }

    /// <summary>Renews now, whatever the time: one host, or all with null. Returns those that it holds for.</summary>
    public IReadOnlyList<string> Renew(string? host)
    {
        lock (_lock)
        {
            string[] hosts = [.. (_settings?.Hosts ?? []).Where(h => host is null || h == host)];
            foreach (string one in hosts) _plans[one] = _plans.GetValueOrDefault(one) is { } plan ? plan with { Due = _clock.GetUtcNow() } : new(_clock.GetUtcNow());
            _wake.TrySetResult();
            return hosts;
        }
    }

    /// <summary>When each host's certificate is ordered next, and what went wrong the last time, or null.</summary>
    public IReadOnlyList<AcmeStatus> Describe()
    {
        lock (_lock) return [.. (_settings?.Hosts ?? []).Select(h => _plans.GetValueOrDefault(h) is { } plan ? new AcmeStatus(h, plan.Due, plan.Problem) : new(h, null, null))];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                Task woken;
                AcmeSettings? settings;
                lock (_lock) (woken, settings) = ((_wake = NewWake()).Task, _settings);
                if (settings is not null) await RenewDueAsync(settings, _stop.Token).ConfigureAwait(false);
                await WaitAsync(woken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // we are stopping
        }
    }

    private async Task WaitAsync(Task woken)
    {
        TimeSpan wait;
        var now = _clock.GetUtcNow();
        lock (_lock) wait = _plans.Values.Select(p => p.Due - now).Append(LongestWait).Min();
        if (wait <= TimeSpan.Zero) return;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await Task.WhenAny(woken, Task.Delay(wait, _clock, timer.Token)).ConfigureAwait(false);
        await timer.CancelAsync().ConfigureAwait(false);
        _stop.Token.ThrowIfCancellationRequested();
    }

    private async Task RenewDueAsync(AcmeSettings settings, CancellationToken cancel)
    {
        var folder = new AcmeFolder(_store.Folder, settings.Directory);
        AcmeClient? client = null;
        AccountKey? key = null;
        try
        {
            foreach (string host in settings.Hosts)
            {
                if (PlanOf(host, folder, settings).Due > _clock.GetUtcNow()) continue;
                AcmeLog.Ordering(_log, host, settings.Directory);
                try
                {
                    key ??= AccountKey.ReadOrCreate(folder.Account);
                    client ??= new(settings, key, _clock);
                    string pem = await new CertificateOrder(client, settings, host, _clock).RunAsync(cancel).ConfigureAwait(false);
                    _ = ServerCertificate.Parse(CertificateSource.Acme, pem, pem, []); // what cannot be used is not kept
                    PrivateFile.Write(folder.Certificate(host), pem);
                    _store.Refresh();
                    Succeeded(settings, host, folder);
                }
                catch (Exception e) when (!cancel.IsCancellationRequested) // whatever it is, the other hosts and the next try go on
                {
                    Failed(settings, host, e);
                    if (e is AcmeException { Type: AcmeException.RateLimited } limited) PutOff(settings, folder, limited.RetryAfter ?? settings.MinBackOff);
                }
            }
        }
        finally
        {
            client?.Dispose();
            key?.Dispose();
        }
    }

    private Plan PlanOf(string host, AcmeFolder folder, AcmeSettings settings)
    {
        lock (_lock)
        {
            if (_plans.TryGetValue(host, out var plan)) return plan;
            return _plans[host] = new(NextFor(host, folder, settings) ?? _clock.GetUtcNow());
        }
    }

    /// <summary>When what we have is to be renewed, or null where we have nothing.</summary>
    private DateTimeOffset? NextFor(string host, AcmeFolder folder, AcmeSettings settings)
    {
        if (_store.Describe().FirstOrDefault(c => c.File == folder.Certificate(host)) is not { } current) return null;
        var third = (current.NotAfter - current.NotBefore) / 3;
        var before = settings.RenewBefore < third ? settings.RenewBefore : third;
        return current.NotAfter - before * (1 + Jitter * Random.Shared.NextDouble());
    }

    private void Succeeded(AcmeSettings settings, string host, AcmeFolder folder)
    {
        // a certificate that is due again as soon as it was issued (a clock that is wrong) must not become a loop
        var earliest = _clock.GetUtcNow() + settings.MinBackOff;
        var next = NextFor(host, folder, settings) is { } due && due > earliest ? due : earliest;
        lock (_lock)
            if (_settings == settings) _plans[host] = new(next);
        AcmeLog.Issued(_log, host, _store.Describe().First(c => c.File == folder.Certificate(host)).NotAfter, next);
    }

    private void Failed(AcmeSettings settings, string host, Exception error)
    {
        lock (_lock)
        {
            int failures = _plans.GetValueOrDefault(host)?.Failures ?? 0;
            var wait = settings.MinBackOff * Math.Pow(2, Math.Min(failures, 20));
            if (wait > settings.MaxBackOff) wait = settings.MaxBackOff;
            wait *= 1 + Jitter * Random.Shared.NextDouble();
            if ((error as AcmeException)?.RetryAfter is { } said && said > wait) wait = said;
            var next = _clock.GetUtcNow() + wait;
            if (_settings == settings) _plans[host] = new(next, failures + 1, error.Message.ReplaceLineEndings(" "));
            AcmeLog.Failed(_log, host, next, error.Message.ReplaceLineEndings(" "));
        }
        _store.CountFailure(CertificateSource.Acme);
    }

    /// <summary>The authority has enough of us: nothing is asked of it for so long.</summary>
    private void PutOff(AcmeSettings settings, AcmeFolder folder, TimeSpan wait)
    {
        var earliest = _clock.GetUtcNow() + wait;
        foreach (string host in settings.Hosts)
        {
            var plan = PlanOf(host, folder, settings);
            lock (_lock)
                if (_settings == settings && plan.Due < earliest) _plans[host] = plan with { Due = earliest };
        }
    }
}

/// <param name="Next">When it is ordered next; null: that is not decided yet.</param>
/// <param name="Problem">Of the last try, or null.</param>
public sealed record AcmeStatus(string Host, DateTimeOffset? Next, string? Problem);
