using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Mta.Spool;

namespace Mta.Domains;

/// <summary>
/// Which domains are suspended, for all who hand out and deliver mail; kept in a file, so that a restart knows them too. Safe from any thread; to
/// ask costs a look into a table.
/// </summary>
public sealed partial class DomainSuspensions : IDisposable
{
    /// <summary>Characters of a reason, and suspensions at a time: the file is written anew with each change.</summary>
    public const int MaxReason = 200, MaxCount = 10_000;

    private const long MaxFile = 16 << 20;

    // a clock that jumps is noticed within a minute
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);
    private readonly Lock _changing = new();
    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private volatile FrozenDictionary<string, DomainSuspension> _all;
    private Action<string>? _ended;

    private DomainSuspensions(string path, FrozenDictionary<string, DomainSuspension> all, TimeProvider clock, ILogger log)
    {
        (_path, _all, _clock, _log) = (path, all, clock, log);
        _timer = clock.CreateTimer(_ => EndDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Count => _all.Count;

    /// <summary>By domain.</summary>
    public IEnumerable<DomainSuspension> All => _all.Values.OrderBy(s => s.Domain, StringComparer.Ordinal);

    /// <summary>Reads the file, where there is one. Throws <see cref="IOException"/> where it cannot be read: then nobody knows what must not be sent.</summary>
    public static DomainSuspensions Open(string path, TimeProvider clock, ILogger log)
    {
        try
        {
            DomainSuspension[] all = [];
            if (File.Exists(path))
            {
                if (new FileInfo(path).Length > MaxFile) throw new IOException($"{path} is larger than anything that was ever written there");
                all = JsonSerializer.Deserialize<DomainSuspension[]>(File.ReadAllBytes(path), JsonSerializerOptions.Web) ?? [];
            }
            if (all.Any(s => s is not { Domain.Length: > 0, Reason: not null })) throw new JsonException("an entry has no domain or no reason");
            // the last one counts where a hand has written two
            return new(path, all.GroupBy(s => s.Domain, StringComparer.Ordinal).Select(g => g.Last()).ToFrozenDictionary(s => s.Domain, StringComparer.Ordinal), clock, log);
        }
        catch (JsonException e)
        {
            throw new IOException($"{path} cannot be understood: {e.Message}", e);
        }
    }

    /// <summary>Begins to end what has an end; <paramref name="ended"/> is told each domain whose mail may go again, whatever the reason.</summary>
    public void Start(Action<string> ended)
    {
        _ended = ended;
        EndDue();
    }

    /// <summary>Whether nothing is to be sent to a domain (lower case) now.</summary>
    public bool Contains(string domain) => _all is { Count: > 0 } all && all.ContainsKey(domain);

    /// <summary>The suspension of a domain (lower case), or null.</summary>
    public DomainSuspension? Find(string domain) => _all.GetValueOrDefault(domain);

    /// <summary>
    /// Suspends a domain (lower case), or changes how it is suspended; it is on stable storage when this returns. Throws
    /// <see cref="ArgumentException"/> with a line for the operator, and <see cref="IOException"/> where it cannot be stored: then nothing has changed.
    /// </summary>
    public DomainSuspension Suspend(string domain, TimeSpan? length, string reason)
    {
        if (reason.Length > MaxReason || reason.Any(char.IsControl)) throw new ArgumentException($"the reason must be one line of at most {MaxReason} characters");
        if (length is { } span && (span <= TimeSpan.Zero || span > TimeSpan.FromDays(3650))) throw new ArgumentException("the time must be more than nothing, and at most ten years");
        lock (_changing)
        {
            if (!_all.ContainsKey(domain) && _all.Count >= MaxCount) throw new ArgumentException($"{MaxCount} domains are suspended: no more can be");
            var now = _clock.GetUtcNow();
            var suspension = new DomainSuspension(domain, Find(domain)?.Since ?? now, now + length, reason);
            Store(_all.Values.Where(s => s.Domain != domain).Append(suspension));
            Wait();
            LogSuspended(_log, domain, suspension.Until, reason);
            return suspension;
        }
    }

    /// <summary>Lets mail for a domain (lower case) go again; false where it was not suspended. Throws <see cref="IOException"/> where that cannot be stored.</summary>
    public bool Resume(string domain)
    {
        lock (_changing)
        {
            if (!_all.ContainsKey(domain)) return false;
            Store(_all.Values.Where(s => s.Domain != domain));
        }
        LogResumed(_log, domain);
        _ended?.Invoke(domain);
        return true;
    }

    private void EndDue()
    {
        string[] due;
        lock (_changing)
        {
            var now = _clock.GetUtcNow();
            due = [.. _all.Values.Where(s => s.Until <= now).Select(s => s.Domain)];
            if (due.Length > 0)
            {
                var left = _all.Values.Where(s => !(s.Until <= now)).ToArray();
                try
                {
                    Store(left);
                }
                catch (IOException e)
                {
                    // a start would drop them as well: their time is over
                    LogNotStored(_log, e.Message);
                    _all = left.ToFrozenDictionary(s => s.Domain, StringComparer.Ordinal);
                }
            }
            Wait();
        }
        foreach (string domain in due)
        {
            LogResumed(_log, domain);
            _ended?.Invoke(domain);
        }
    }

    private void Wait()
    {
        if (_all.Values.Min(s => s.Until) is not { } next) return;
        var wait = next - _clock.GetUtcNow();
        _timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait < MaxWait ? wait : MaxWait, Timeout.InfiniteTimeSpan);
    }

    // The new file takes the old one's place when it is complete, and the change is in force when that is on stable storage.
    private void Store(IEnumerable<DomainSuspension> suspensions)
    {
        DomainSuspension[] all = [.. suspensions.OrderBy(s => s.Domain, StringComparer.Ordinal)];
        string temporary = _path + ".new";
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
            {
                RandomAccess.Write(file, JsonSerializer.SerializeToUtf8Bytes(all, JsonSerializerOptions.Web), 0);
                StableStorage.SyncData(file);
            }
            File.Move(temporary, _path, overwrite: true);
            StableStorage.SyncFolder(Path.GetDirectoryName(_path)!);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
        _all = all.ToFrozenDictionary(s => s.Domain, StringComparer.Ordinal);
    }

    public void Dispose() => _timer.Dispose();

    [LoggerMessage(4101, LogLevel.Warning, "suspended domain={Domain} until={Until:u} reason=\"{Reason}\"")]
    private static partial void LogSuspended(ILogger logger, string domain, DateTimeOffset? until, string reason);

    [LoggerMessage(4102, LogLevel.Warning, "resumed domain={Domain}")]
    private static partial void LogResumed(ILogger logger, string domain);

    [LoggerMessage(4103, LogLevel.Error, "suspensions cannot be stored: {Reason}")]
    private static partial void LogNotStored(ILogger logger, string reason);
}
