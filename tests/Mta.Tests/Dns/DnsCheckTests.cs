using System.Net;
using Microsoft.Extensions.Time.Testing;
using Mta.Config;
using Mta.Dns;
using Mta.Dns.Check;
using Mta.Tests.Bench;

namespace Mta.Tests.Dns;

/// <summary>What is wrong with our own names is told, and what is right is left alone.</summary>
public sealed class DnsCheckTests : IAsyncDisposable
{
    private const string Host = "mail.example.test", Domain = "example.test";
    private readonly DnsStub _dns = new();

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    // long enough for a busy machine; short where nothing will answer
    private string _timeout = "30s";

    private async Task<IReadOnlyList<DnsFinding>> Run(params string[] domains)
    {
        var settings = DnsSettings.From(ConfigFile.Parse($"mta.dns {{ servers = [\"{_dns.EndPoint}\"], timeout = {_timeout}, tries = 1 }}", "test").Mta.Section("dns"));
        var check = new DnsCheck(settings, Host, [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")], new FakeTimeProvider());
        return (await check.RunAsync(domains.Length > 0 ? domains : [Domain], TestContext.Current.CancellationToken)).Findings;
    }

    private async Task<DnsFinding> One(string check) => Assert.Single(await Run(), f => f.Check == check);

    private DnsCheckTests Named(string address = "192.0.2.1", string? back = Host)
    {
        _dns.Add(Host, address.Contains(':', StringComparison.Ordinal) ? DnsStub.Aaaa : DnsStub.A, address);
        if (back is not null) _dns.Add(Arpa(address), DnsStub.Ptr, back);
        return this;
    }

    private static string Arpa(string address)
    {
        byte[] octets = IPAddress.Parse(address).GetAddressBytes();
        return octets.Length == 4
            ? string.Join('.', octets.Reverse()) + ".in-addr.arpa"
            : string.Join('.', Convert.ToHexStringLower(octets).Reverse()) + ".ip6.arpa";
    }

    private static void Is(DnsVerdict verdict, string what, DnsFinding finding)
    {
        Assert.Equal(verdict, finding.Verdict);
        Assert.Contains(what, finding.What, StringComparison.Ordinal);
        // what is wrong comes with what to do
        Assert.Equal(verdict != DnsVerdict.Ok, finding.ToDo is { Length: > 0 });
    }

    [Fact]
    public async Task All_is_well()
    {
        Named().Named("2001:db8::1");
        foreach (string domain in new[] { Domain, "other.test" })
            _dns.Add(domain, DnsStub.Mx, $"10 {Host}").Add(domain, DnsStub.Txt, "something else").Add(domain, DnsStub.Txt, "v=spf1 mx -all")
                .Add("_dmarc." + domain, DnsStub.Txt, "v=DMARC1; p=none");
        var findings = await Run(Domain, "other.test");
        Assert.All(findings, f => Is(DnsVerdict.Ok, "", f));
        Assert.Equal(["hostname", "reverse", "reverse", "mx", "spf", "dmarc", "mx", "spf", "dmarc"], findings.Select(f => f.Check));
    }

    [Fact]
    public async Task A_hostname_without_address_an_alias_and_a_foreign_address_are_told()
    {
        Is(DnsVerdict.Fail, "has no address", await One("hostname"));
        _dns.Add("host.test", DnsStub.A, "192.0.2.1").Add(Host, DnsStub.Cname, "host.test");
        Is(DnsVerdict.Warn, "alias", await One("hostname"));
    }

    [Theory]
    [InlineData("192.0.2.77", DnsVerdict.Warn, "none of which is this machine's")]
    [InlineData("10.1.2.3", DnsVerdict.Fail, "nobody outside can reach")]
    [InlineData("172.31.2.3", DnsVerdict.Fail, "nobody outside can reach")]
    [InlineData("fd00::1", DnsVerdict.Fail, "nobody outside can reach")]
    [InlineData("127.0.0.1", DnsVerdict.Fail, "nobody outside can reach")]
    public async Task Addresses_must_be_ours_and_public(string address, DnsVerdict verdict, string what)
    {
        Named(address);
        Is(verdict, what, await One("hostname"));
    }

    [Fact]
    public async Task The_reverse_name_leads_back()
    {
        Named(back: null);
        Is(DnsVerdict.Fail, "has no reverse name", await One("reverse"));
        _dns.Add(Arpa("192.0.2.1"), DnsStub.Ptr, "customer-1.provider.test");
        Is(DnsVerdict.Fail, "does not lead back", await One("reverse"));
        _dns.Add("customer-1.provider.test", DnsStub.A, "192.0.2.1");
        Is(DnsVerdict.Warn, "is called customer-1.provider.test, not mail.example.test", await One("reverse"));
        _dns.Add(Arpa("192.0.2.1"), DnsStub.Ptr, Host);
        Is(DnsVerdict.Warn, "2 reverse names", await One("reverse"));
    }

    [Fact]
    public async Task A_reverse_name_may_be_delegated_by_an_alias()
    {
        // RFC 2317
        Named(back: null);
        _dns.Add(Arpa("192.0.2.1"), DnsStub.Cname, "1.0-7.2.0.192.in-addr.arpa").Add("1.0-7.2.0.192.in-addr.arpa", DnsStub.Ptr, Host);
        Is(DnsVerdict.Ok, "leads back", await One("reverse"));
    }

    [Fact]
    public async Task The_mx_points_here()
    {
        Named();
        Is(DnsVerdict.Fail, "has no MX", await One("mx"));
        _dns.Add(Domain, DnsStub.A, "192.0.2.1");
        Is(DnsVerdict.Warn, "its own address, which is ours", await One("mx"));
        _dns.Add(Domain, DnsStub.Mx, "10 else.test");
        Is(DnsVerdict.Fail, "points elsewhere: 10 else.test", await One("mx"));
        _dns.Add("else.test", DnsStub.A, "192.0.2.1");
        Is(DnsVerdict.Warn, "by another name, else.test", await One("mx"));
        _dns.Add(Domain, DnsStub.Mx, $"20 {Host}");
        Is(DnsVerdict.Warn, "after other hosts", await One("mx"));
    }

    [Fact]
    public async Task A_domain_that_takes_no_mail_is_told()
    {
        Named();
        _dns.Add(Domain, DnsStub.Mx, "0 .");
        Is(DnsVerdict.Fail, "null MX", await One("mx"));
    }

    [Theory]
    [InlineData("v=spf1 ip4:192.0.2.1 -all", DnsVerdict.Ok, "v=spf1")]
    [InlineData("v=spf1 ip4:192.0.2.0/28 ip6:2001:db8::/32 -all", DnsVerdict.Ok, "v=spf1")]
    [InlineData("V=SPF1 A:mail.example.test ~all", DnsVerdict.Ok, "SPF1")]
    [InlineData("v=spf1 a:neighbour.test/24 -all", DnsVerdict.Ok, "v=spf1")]
    [InlineData("v=spf1 a:neighbour.test/32 -all", DnsVerdict.Fail, "does not let 192.0.2.1 send (Fail)")]
    [InlineData("v=spf1 mx/24//64 -all", DnsVerdict.Ok, "v=spf1")]
    [InlineData("v=spf1 include:spf.provider.test -all", DnsVerdict.Ok, "v=spf1")]
    [InlineData("v=spf1 redirect=spf.provider.test", DnsVerdict.Ok, "v=spf1")]
    [InlineData("v=spf1 include:none.test -all", DnsVerdict.Fail, "is broken")]
    [InlineData("v=spf1 include:loop.test -all", DnsVerdict.Fail, "is broken")]
    [InlineData("v=spf1 -ip4:192.0.2.1 +ip4:192.0.2.0/24 -all", DnsVerdict.Fail, "(Fail)")]
    [InlineData("v=spf1 ip4:198.51.100.0/24 ~all", DnsVerdict.Fail, "(SoftFail)")]
    [InlineData("v=spf1 ip4:198.51.100.0/24", DnsVerdict.Fail, "(Neutral)")]
    [InlineData("v=spf1 ip4:192.0.2.1/33 -all", DnsVerdict.Fail, "is broken")]
    [InlineData("v=spf1 ipv4:192.0.2.1 -all", DnsVerdict.Fail, "is broken")]
    [InlineData("v=spf1 exists:%{i}.list.test -all", DnsVerdict.Warn, "depends on the message")]
    [InlineData("v=spf1 mx +all", DnsVerdict.Warn, "all the world")]
    [InlineData("v=spf10 mx -all", DnsVerdict.Fail, "has no SPF record")]
    public async Task Spf_lets_our_address_send(string record, DnsVerdict verdict, string what)
    {
        Named();
        _dns.Add(Domain, DnsStub.Mx, "10 neighbour.test").Add(Domain, DnsStub.Txt, record)
            .Add("neighbour.test", DnsStub.A, "192.0.2.99").Add("neighbour.test", DnsStub.Aaaa, "2001:db8::99")
            .Add("spf.provider.test", DnsStub.Txt, "v=spf1 ip4:192.0.2.1 ?all").Add("none.test", DnsStub.A, "192.0.2.5")
            .Add("loop.test", DnsStub.Txt, "v=spf1 include:loop.test -all");
        Is(verdict, what, await One("spf"));
    }

    [Fact]
    public async Task Spf_once()
    {
        Named();
        Is(DnsVerdict.Fail, "has no SPF record", await One("spf"));
        _dns.Add(Domain, DnsStub.Txt, "v=spf1 a -all").Add(Domain, DnsStub.Txt, "v=spf1 mx -all");
        Is(DnsVerdict.Fail, "has 2 SPF records", await One("spf"));
    }

    [Fact]
    public async Task Dmarc_of_the_domain_or_of_one_above()
    {
        Named();
        Is(DnsVerdict.Warn, "has no DMARC record", await One("dmarc"));
        _dns.Add("_dmarc." + Domain, DnsStub.Txt, "v=DMARC1; p=reject; rua=mailto:" + new string('x', 300) + "@example.test");
        var findings = await Run(Domain, "lists.example.test");
        Assert.All(findings.Where(f => f.Check == "dmarc"), f => Is(DnsVerdict.Ok, "p=reject", f));
        Assert.Contains("(of example.test)", findings[^1].What, StringComparison.Ordinal);
        _dns.Add("_dmarc." + Domain, DnsStub.Txt, "v=DMARC1; p=none");
        Is(DnsVerdict.Fail, "2 DMARC records", await One("dmarc"));
        _dns.Add("_dmarc.without.test", DnsStub.Txt, "v=DMARC1; rua=mailto:a@without.test");
        Is(DnsVerdict.Fail, "has no policy", (await Run("without.test")).Single(f => f.Check == "dmarc"));
    }

    [Theory]
    [InlineData("servfail")]
    [InlineData("silence")]
    [InlineData("garbage")]
    public async Task A_dns_that_does_not_answer_is_no_answer(string fault)
    {
        Named();
        _timeout = "300ms";
        foreach (string name in new[] { Host, Domain, "_dmarc." + Domain }) _dns.Add(name, DnsStub.Txt, "x").Fault(name, fault);
        var findings = await Run();
        Assert.Equal(["hostname", "mx", "spf", "dmarc"], findings.Select(f => f.Check));
        Assert.All(findings, f => Is(DnsVerdict.Fail, "no answer from the DNS", f));
    }
}
