using System.Collections.Concurrent;
using DnsClient;
using DnsClient.Protocol;

namespace Mta.Dns;

/// <summary>
/// Asks the DNS, each question only once at a time, and keeps the answers for their time to live, the negative ones by the SOA
/// (RFC 2308 §5) and failures for a short while. Bounded.
/// </summary>
internal sealed class DnsCache(DnsSettings settings, TimeProvider clock)
{
    private const int MaxAliases = 8;
    private readonly LookupClient _client = new(Options(settings));
    private readonly ConcurrentDictionary<(string Name, QueryType Type), Entry> _entries = new();

    public enum Outcome : byte { Found, NoData, NoSuchName, Failure }

    /// <param name="Ttl">How long the answer may be used from now.</param>
    /// <param name="Reason">Of a failure.</param>
    public sealed record Answer(Outcome Outcome, IReadOnlyList<DnsResourceRecord> Records, TimeSpan Ttl, string Reason = "");

    private sealed record Entry(Task<Answer> Answer, DateTimeOffset Asked);

    public async Task<Answer> Ask(string name, QueryType type)
    {
        var key = (name, type);
        while (true)
        {
            var now = clock.GetUtcNow();
            if (_entries.TryGetValue(key, out var entry))
            {
                if (!entry.Answer.IsCompleted) return await entry.Answer.ConfigureAwait(false);
                var known = await entry.Answer.ConfigureAwait(false);
                var left = entry.Asked + known.Ttl - now;
                if (left > TimeSpan.Zero) return known with { Ttl = left };
                _entries.TryRemove(new(key, entry));
            }
            var question = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_entries.TryAdd(key, new(question.Task, now))) continue;
            Shrink(now);
            var answer = await Query(name, type, MaxAliases).ConfigureAwait(false);
            question.SetResult(answer);
            return answer;
        }
    }

    public void Forget(string? name)
    {
        foreach (var key in _entries.Keys)
            if (name is null || key.Name == name) _entries.TryRemove(key, out _);
    }

    private async Task<Answer> Query(string name, QueryType type, int aliases)
    {
        IDnsQueryResponse response;
        try
        {
            response = await _client.QueryAsync(name, type).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            return Failed($"{type} {name}: {Reason(e)}");
        }
        // RFC 5452 §4.2: whoever answers something else may be guessing, or broken; it says nothing about the name
        if (response.Questions is not [var question] || !IsSame(question.QueryName, name) || question.QuestionType != type)
            return Failed($"{type} {name}: the answer is to another question");
        switch (response.Header.ResponseCode)
        {
            case DnsHeaderResponseCode.NotExistentDomain:
                return new(Outcome.NoSuchName, [], NegativeTtl(response));
            case not DnsHeaderResponseCode.NoError:
                return Failed($"{type} {name}: {response.Header.ResponseCode}");
        }
        // RFC 5321 §5.1: an alias is followed, within the answer; a server that does not recurse leaves the rest to us
        string owner = name;
        for (int i = 0; i < MaxAliases && response.Answers.CnameRecords().FirstOrDefault(r => IsSame(r.DomainName, owner)) is { } alias; i++)
            owner = Name(alias.CanonicalName);
        var records = response.Answers.Where(r => (int)r.RecordType == (int)type && IsSame(r.DomainName, owner)).ToArray();
        if (records.Length > 0) return new(Outcome.Found, records, Clamp(response.Answers.Min(r => r.InitialTimeToLive)));
        if (owner == name)
            return response.Answers.Count == 0 ? new(Outcome.NoData, [], NegativeTtl(response)) : Failed($"{type} {name}: the answer is about other names");
        if (aliases == 0) return Failed($"{type} {name}: too many aliases");
        var target = await Query(owner, type, aliases - 1).ConfigureAwait(false);
        var ttl = Clamp(response.Answers.Min(r => r.InitialTimeToLive));
        return target with { Ttl = target.Ttl < ttl ? target.Ttl : ttl };
    }

    private static string Name(DnsString name) => name.Value.TrimEnd('.').ToLowerInvariant();

    private static bool IsSame(DnsString name, string other) => Name(name).Equals(other.TrimEnd('.'), StringComparison.OrdinalIgnoreCase);

    private Answer Failed(string reason) => new(Outcome.Failure, [], settings.FailureTtl, reason);

    // RFC 2308 §5: the lesser of the SOA's MINIMUM and its own time to live
    private TimeSpan NegativeTtl(IDnsQueryResponse response) =>
        response.Authorities.OfType<SoaRecord>().FirstOrDefault() is { } soa ? Clamp(Math.Min(soa.Minimum, soa.InitialTimeToLive)) : settings.MinTtl;

    private TimeSpan Clamp(long seconds)
    {
        var ttl = TimeSpan.FromSeconds(seconds);
        return ttl < settings.MinTtl ? settings.MinTtl : ttl > settings.MaxTtl ? settings.MaxTtl : ttl;
    }

    private void Shrink(DateTimeOffset now)
    {
        if (_entries.Count <= settings.CacheSize) return;
        foreach (var (key, entry) in _entries)
            if (entry.Answer.IsCompletedSuccessfully && entry.Asked + entry.Answer.Result.Ttl <= now) _entries.TryRemove(key, out _);
        // all fresh: let any tenth go, they can be asked again
        foreach (var key in _entries.Keys.Take(Math.Max(0, _entries.Count - settings.CacheSize * 9 / 10))) _entries.TryRemove(key, out _);
    }

    private static string Reason(Exception e) => e switch
    {
        DnsResponseException { Code: DnsResponseCode.ConnectionTimeout } or OperationCanceledException => "timed out",
        DnsResponseException d => d.DnsError,
        _ => e.Message,
    };

    private static LookupClientOptions Options(DnsSettings settings)
    {
        var options = settings.Servers.Count > 0 ? new LookupClientOptions([.. settings.Servers]) : new LookupClientOptions();
        options.UseCache = false;
        options.ThrowDnsErrors = false;
        options.ContinueOnDnsError = true;
        options.ContinueOnEmptyResponse = false;
        options.UseTcpFallback = true;
        options.Timeout = settings.Timeout;
        options.Retries = settings.Tries - 1;
        return options;
    }
}
