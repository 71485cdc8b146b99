using Microsoft.Extensions.Time.Testing;
using Mta.Config;
using Mta.Dns;
using Mta.Tests.Bench;

namespace Mta.Tests.Dns;

/// <summary>RFC 5321 §5.1 against a real name server on loopback.</summary>
public sealed class MxLookupTests : IAsyncDisposable
{
    private readonly DnsStub _dns = new();
    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    private MxLookup Lookup(string more = "") => new(
        DnsSettings.From(ConfigFile.Parse($"mta.dns.servers = [\"{_dns.EndPoint}\"]\nmta.dns.timeout = 2s\n{more}", "test").Mta.Section("dns")), "relay.test", _clock);

    private async Task<T> Ask<T>(string domain, MxLookup? lookup = null) where T : MxResult =>
        Assert.IsType<T>(await (lookup ?? Lookup()).LookupMxAsync(domain, Cancel));

    [Fact]
    public async Task Hosts_come_by_preference_with_their_addresses()
    {
        _dns.Add("dst.test", DnsStub.Mx, "20 b.test").Add("dst.test", DnsStub.Mx, "10 a.test")
            .Add("a.test", DnsStub.A, "192.0.2.1").Add("a.test", DnsStub.Aaaa, "2001:db8::1").Add("b.test", DnsStub.A, "192.0.2.2");
        var found = await Ask<MxResult.Found>("dst.test");
        Assert.Equal(["a.test", "b.test"], found.Hosts.Select(h => h.Name));
        Assert.Equal(["192.0.2.1", "2001:db8::1"], found.Hosts[0].Addresses.Select(a => a.ToString()).Order());
        Assert.Equal(TimeSpan.FromMinutes(5), found.ValidFor);
    }

    [Fact]
    public async Task Equal_preferences_are_taken_at_random()
    {
        for (int i = 0; i < 4; i++) _dns.Add("dst.test", DnsStub.Mx, $"10 h{i}.test").Add($"h{i}.test", DnsStub.A, $"192.0.2.{i + 1}");
        var lookup = Lookup();
        var first = new HashSet<string>();
        for (int i = 0; i < 200; i++) first.Add((await Ask<MxResult.Found>("dst.test", lookup)).Hosts[0].Name);
        Assert.Equal(4, first.Count);
    }

    [Fact]
    public async Task Without_mx_the_domain_itself_is_the_host()
    {
        _dns.Add("dst.test", DnsStub.A, "192.0.2.1");
        Assert.Equal("dst.test", Assert.Single((await Ask<MxResult.Found>("dst.test")).Hosts).Name);
    }

    [Fact]
    public async Task A_null_mx_takes_no_mail()
    {
        _dns.Add("dst.test", DnsStub.Mx, "0 .").Add("dst.test", DnsStub.A, "192.0.2.1");
        await Ask<MxResult.NullMx>("dst.test");
    }

    [Fact]
    public async Task A_domain_that_does_not_exist_is_permanent() => await Ask<MxResult.NoSuchDomain>("nowhere.test");

    [Fact]
    public async Task Mx_hosts_without_any_address_are_permanent_and_the_domains_own_address_is_not_used()
    {
        _dns.Add("dst.test", DnsStub.Mx, "10 gone.test").Add("dst.test", DnsStub.A, "192.0.2.1");
        await Ask<MxResult.NoSuchDomain>("dst.test");
    }

    [Theory]
    [InlineData("servfail")]
    [InlineData("silence")]
    [InlineData("garbage")]
    public async Task A_failing_name_server_never_makes_mail_bounce(string fault)
    {
        _dns.Add("dst.test", DnsStub.Mx, "10 a.test").Fault("dst.test", fault);
        await Ask<MxResult.TemporaryFailure>("dst.test");
    }

    [Fact]
    public async Task An_mx_host_that_cannot_be_asked_for_is_temporary_but_others_are_used()
    {
        _dns.Add("dst.test", DnsStub.Mx, "10 a.test").Fault("a.test", "servfail");
        await Ask<MxResult.TemporaryFailure>("dst.test");
        _dns.Add("two.test", DnsStub.Mx, "10 a.test").Add("two.test", DnsStub.Mx, "20 b.test").Add("b.test", DnsStub.A, "192.0.2.2");
        Assert.Equal("b.test", Assert.Single((await Ask<MxResult.Found>("two.test")).Hosts).Name);
    }

    [Fact]
    public async Task A_truncated_answer_is_fetched_by_tcp()
    {
        _dns.Add("dst.test", DnsStub.A, "192.0.2.1").Fault("dst.test", "truncate");
        await Ask<MxResult.Found>("dst.test");
    }

    [Fact]
    public async Task An_alias_is_followed()
    {
        _dns.Add("www.test", DnsStub.Cname, "dst.test").Add("dst.test", DnsStub.Mx, "10 a.test").Add("a.test", DnsStub.A, "192.0.2.1");
        Assert.Equal("a.test", Assert.Single((await Ask<MxResult.Found>("www.test")).Hosts).Name);
    }

    [Fact]
    public async Task Aliases_in_a_circle_end()
    {
        _dns.Add("one.test", DnsStub.Cname, "two.test").Add("two.test", DnsStub.Cname, "one.test");
        await Ask<MxResult.TemporaryFailure>("one.test");
    }

    [Fact]
    public async Task We_ourselves_and_all_that_is_no_better_are_left_out()
    {
        _dns.Add("dst.test", DnsStub.Mx, "10 a.test").Add("dst.test", DnsStub.Mx, "20 relay.test").Add("dst.test", DnsStub.Mx, "20 c.test").Add("dst.test", DnsStub.Mx, "30 d.test");
        foreach (string host in (string[])["a.test", "relay.test", "c.test", "d.test"]) _dns.Add(host, DnsStub.A, "192.0.2.1");
        Assert.Equal("a.test", Assert.Single((await Ask<MxResult.Found>("dst.test")).Hosts).Name);
        _dns.Add("mine.test", DnsStub.Mx, "10 RELAY.test");
        await Ask<MxResult.Loop>("mine.test");
    }

    [Theory]
    [InlineData("[192.0.2.7]", "192.0.2.7")]
    [InlineData("[ipv6:2001:db8::7]", "2001:db8::7")]
    public async Task An_address_literal_is_its_own_host(string literal, string address)
    {
        var found = await Ask<MxResult.Found>(literal);
        Assert.Equal(address, Assert.Single(Assert.Single(found.Hosts).Addresses).ToString());
        Assert.Equal(0, _dns.Questions);
    }

    [Fact]
    public async Task Answers_are_kept_for_their_time_also_negative_ones()
    {
        _dns.Add("dst.test", DnsStub.A, "192.0.2.1");
        var lookup = Lookup();
        await Ask<MxResult.Found>("dst.test", lookup);
        await Ask<MxResult.NoSuchDomain>("nowhere.test", lookup);
        int asked = _dns.Questions;
        await Ask<MxResult.Found>("dst.test", lookup);
        await Ask<MxResult.NoSuchDomain>("nowhere.test", lookup);
        Assert.Equal(asked, _dns.Questions);

        // the SOA says 60 s for what is not there
        _clock.Advance(TimeSpan.FromSeconds(61));
        _dns.Add("nowhere.test", DnsStub.A, "192.0.2.2");
        await Ask<MxResult.Found>("nowhere.test", lookup);
        _clock.Advance(TimeSpan.FromSeconds(300));
        asked = _dns.Questions;
        await Ask<MxResult.Found>("dst.test", lookup);
        Assert.True(_dns.Questions > asked);
    }

    [Fact]
    public async Task Many_ask_at_once_and_the_server_is_asked_once()
    {
        _dns.Add("dst.test", DnsStub.Mx, "10 a.test").Add("a.test", DnsStub.A, "192.0.2.1");
        var lookup = Lookup("mta.dns.address-families = ipv4");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => lookup.LookupMxAsync("dst.test", Cancel)));
        Assert.Equal(2, _dns.Questions);
    }

    [Fact]
    public async Task What_was_forgotten_is_asked_again()
    {
        _dns.Add("dst.test", DnsStub.A, "192.0.2.1").Fault("dst.test", "servfail");
        var lookup = Lookup();
        await Ask<MxResult.TemporaryFailure>("dst.test", lookup);
        _dns.Heal("dst.test");
        await Ask<MxResult.TemporaryFailure>("dst.test", lookup);
        lookup.Forget("dst.test");
        await Ask<MxResult.Found>("dst.test", lookup);
    }
}
