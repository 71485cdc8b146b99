using System.Collections.Immutable;
using System.Net;

namespace Mta.Dns.Check;

/// <summary>How bad it is: <see cref="Fail"/> costs mail, <see cref="Warn"/> may, or cannot be told from here.</summary>
public enum DnsVerdict : byte { Ok, Warn, Fail }

/// <summary>What was found out about one thing.</summary>
/// <param name="Check">What was looked at: hostname, reverse, mx, spf, dmarc, port-25 or domains.</param>
/// <param name="Subject">The name or address it is about.</param>
/// <param name="ToDo">What the operator does about it; null where nothing is to be done.</param>
public sealed record DnsFinding(DnsVerdict Verdict, string Check, string Subject, string What, string? ToDo = null)
{
    internal static DnsFinding Ok(string check, string subject, string what) => new(DnsVerdict.Ok, check, subject, what);

    internal static DnsFinding Warn(string check, string subject, string what, string toDo) => new(DnsVerdict.Warn, check, subject, what, toDo);

    internal static DnsFinding Fail(string check, string subject, string what, string toDo) => new(DnsVerdict.Fail, check, subject, what, toDo);

    /// <summary>The DNS did not answer, which says nothing about the name; others may have no answer either.</summary>
    internal static DnsFinding Unanswered(string check, string subject, string reason) =>
        Fail(check, subject, $"no answer from the DNS: {reason}", "ask again; if it stays, look at the resolvers (mta.dns.servers) and at the zone's name servers");
}

/// <summary>All that was found, the most general first.</summary>
/// <param name="Addresses">Of our hostname.</param>
public sealed record DnsReport(ImmutableArray<DnsFinding> Findings, ImmutableArray<IPAddress> Addresses);
