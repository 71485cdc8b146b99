using System.Net;

namespace Mta.Dns.Check;

/// <summary>What a domain publishes about who may send in its name: SPF (RFC 7208) and DMARC (RFC 7489).</summary>
/// <param name="addresses">Of our hostname.</param>
internal sealed class SenderCheck(Questions dns, IReadOnlyCollection<IPAddress> addresses)
{
    private const int MaxParents = 8;

    public async Task<DnsFinding> SpfAsync(string domain, CancellationToken cancel)
    {
        const string check = "spf";
        var reply = await SpfRecord.Find(dns, domain, cancel).ConfigureAwait(false);
        if (reply.Failure is { } failure) return DnsFinding.Unanswered(check, domain, failure);
        if (reply.Values.Count == 0)
            return DnsFinding.Fail(check, domain, "has no SPF record: big providers refuse its mail", $"publish: {domain}. IN TXT \"v=spf1 mx -all\"");
        if (reply.Values.Count > 1) return DnsFinding.Fail(check, domain, $"has {reply.Values.Count} SPF records, which counts as broken (RFC 7208 §4.5)", "leave one");
        string text = reply.Values[0];
        if (text.Split(' ').Any(t => t is "+all" or "all")) return DnsFinding.Warn(check, domain, $"lets all the world send: {text}", "end it with -all");
        var verdicts = await Task.WhenAll(addresses.Select(async a => (Address: a, Result: await new SpfRecord(dns).Judge(domain, a, cancel).ConfigureAwait(false)))).ConfigureAwait(false);
        string Which(SpfResult result) => string.Join(", ", verdicts.Where(v => v.Result == result).Select(v => v.Address.ToString()));
        foreach (var result in new[] { SpfResult.PermError, SpfResult.Fail, SpfResult.SoftFail, SpfResult.Neutral })
            if (verdicts.Any(v => v.Result == result))
                return result == SpfResult.PermError ? DnsFinding.Fail(check, domain, $"is broken: {text}", "look at it, and at what it includes: RFC 7208 allows ten look-ups in all")
                    : DnsFinding.Fail(check, domain, $"does not let {Which(result)} send ({result}): {text}", "add mx, or ip4: and ip6: with the addresses that mail goes out from");
        if (verdicts.Any(v => v.Result is SpfResult.TempError or SpfResult.None)) return DnsFinding.Unanswered(check, domain, $"not all that the record refers to could be asked for: {text}");
        return verdicts.Any(v => v.Result == SpfResult.Unknown) ? DnsFinding.Warn(check, domain, $"depends on the message: {text}", "send a message to a service that shows the result")
            : DnsFinding.Ok(check, domain, text);
    }

    public async Task<DnsFinding> DmarcAsync(string domain, CancellationToken cancel)
    {
        const string check = "dmarc";
        // the policy of a domain above counts where it has none of its own (RFC 7489 §6.6.3)
        string name = domain;
        for (int i = 0; i < MaxParents && name.Contains('.', StringComparison.Ordinal); i++, name = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..])
        {
            var reply = await dns.Texts("_dmarc." + name, cancel).ConfigureAwait(false);
            if (reply.Failure is { } failure) return DnsFinding.Unanswered(check, domain, failure);
            string[] records = [.. reply.Values.Where(IsDmarc)];
            if (records.Length == 0) continue;
            if (records.Length > 1) return DnsFinding.Fail(check, domain, $"_dmarc.{name} has {records.Length} DMARC records, which counts as none", "leave one");
            return records[0].Split(';').Select(t => t.Trim()).Any(t => t.StartsWith("p=", StringComparison.OrdinalIgnoreCase) && t.Length > 2)
                ? DnsFinding.Ok(check, domain, name == domain ? records[0] : $"{records[0]} (of {name})")
                : DnsFinding.Fail(check, domain, $"its record has no policy: {records[0]}", "say p=none, p=quarantine or p=reject");
        }
        return DnsFinding.Warn(check, domain, "has no DMARC record, which big providers want of bulk senders",
            $"publish: _dmarc.{domain}. IN TXT \"v=DMARC1; p=none; rua=mailto:postmaster@{domain}\"");
    }

    // RFC 7489 §6.4: the version comes first, as it is
    private static bool IsDmarc(string text) => text.Split(';')[0].Replace(" ", "", StringComparison.Ordinal) == "v=DMARC1";
}
