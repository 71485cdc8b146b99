using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using Mta.Config;
using Mta.Delivery;
using Mta.Domains;
using Mta.Mail;
using Mta.Protocol.Smtp;

namespace Mta.Tests.Domains;

/// <summary>What a site is made of, without actors.</summary>
public class SitePartsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly BackOffSettings BackOff = new(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(30), 0);
    private static readonly SmtpReply Refused = SmtpReply.Parse("451 4.4.1 connection refused");

    [Fact]
    public void The_window_grows_by_one_for_a_window_of_successes()
    {
        var window = new ConcurrencyWindow(5);
        for (int i = 0; i < 5; i++) window.Succeeded(5, 20);
        Assert.Equal(5, window.Limit);
        for (int i = 0; i < 2; i++) window.Succeeded(5, 20);
        Assert.Equal(6, window.Limit);
        for (int i = 0; i < 1000; i++) window.Succeeded(5, 20);
        Assert.Equal(20, window.Limit);
    }

    [Fact]
    public void The_window_shrinks_by_one_for_a_window_of_failures_and_probes_what_died()
    {
        var window = new ConcurrencyWindow(5);
        window.Failed();
        Assert.Equal(4, window.Limit);
        for (int i = 0; i < 100; i++) window.Failed();
        Assert.Equal(1, window.Limit);
        window.Died();
        Assert.Equal(1, window.Limit);
        window.Succeeded(5, 20);
        Assert.Equal(5, window.Limit);
    }

    [Fact]
    public void The_bucket_keeps_its_rate()
    {
        var clock = new FakeTimeProvider();
        var bucket = new TokenBucket(10, clock);
        int taken = 0;
        for (int i = 0; i < 3000; i++)
        {
            while (bucket.TryTake(out var wait)) taken++;
            clock.Advance(TimeSpan.FromMilliseconds(10));
        }
        Assert.InRange(taken, 300, 311);

        bucket = new(0.5, clock);
        Assert.True(bucket.TryTake(out _));
        Assert.False(bucket.TryTake(out var rest));
        clock.Advance(rest);
        Assert.True(bucket.TryTake(out _));
    }

    [Fact]
    public void Domains_take_turns()
    {
        var ready = new ReadyJobs();
        foreach (char c in "aaaabbc") ready.Add(Job(c.ToString()));
        Assert.Equal(4, ready.CountOf("a"));
        string order = "";
        while (ready.TryTake(out var job)) order += job.Domain;
        Assert.Equal("abcabaa", order);
        Assert.Equal(0, ready.Count);
    }

    [Fact]
    public void A_job_that_came_back_goes_first()
    {
        var ready = new ReadyJobs();
        var (first, second) = (Job("a"), Job("a"));
        ready.Add(first);
        ready.Add(second, first: true);
        Assert.True(ready.TryTake(out var taken));
        Assert.Same(second, taken);
    }

    [Fact]
    public void Better_hosts_come_first_and_worse_ones_only_when_those_fail()
    {
        var hosts = Hosts(("mx1", 10, "192.0.2.1 192.0.2.2"), ("mx2", 10, "192.0.2.3"), ("mx3", 20, "192.0.2.4"));
        var random = new Random(1);
        var picked = Enumerable.Range(0, 100).Select(_ => hosts.Pick(Start, 20, random)!.EndPoint.Address.ToString()).ToHashSet();
        Assert.Equal(["192.0.2.1", "192.0.2.3"], picked.Order());

        foreach (var address in hosts.Addresses.Take(3))
        {
            Assert.NotEqual("192.0.2.4", hosts.Pick(Start, 20, random)!.EndPoint.Address.ToString());
            address.Failed(Refused, Start, BackOff, random);
        }
        Assert.Equal("192.0.2.4", hosts.Pick(Start, 20, random)!.EndPoint.Address.ToString());
        Assert.False(hosts.AllAreBackingOff(Start));
        hosts.Addresses.Last().Failed(Refused, Start, BackOff, random);
        Assert.Null(hosts.Pick(Start, 20, random));
        Assert.Equal(Start.AddMinutes(1), hosts.BackOffUntil(Start));
        Assert.NotNull(hosts.Pick(Start.AddMinutes(1), 20, random));
    }

    [Fact]
    public void A_busy_host_is_not_a_failed_one()
    {
        var hosts = Hosts(("mx1", 10, "192.0.2.1"), ("mx2", 20, "192.0.2.2"));
        hosts.Addresses.First().Connections = 20;
        Assert.Null(hosts.Pick(Start, 20, new Random(1)));
    }

    [Fact]
    public void Back_off_doubles_up_to_its_limit_and_ends_with_success()
    {
        var address = new SiteAddress("mx", new(IPAddress.Loopback, 25));
        var (now, random) = (Start, new Random(1));
        foreach (int minutes in (int[])[1, 2, 4, 8, 16, 30, 30])
        {
            address.Failed(Refused, now, BackOff, random);
            address.Failed(Refused, now, BackOff, random);
            Assert.Equal(now.AddMinutes(minutes), address.BackOffUntil);
            now = address.BackOffUntil!.Value;
        }
        address.Succeeded(Start);
        Assert.False(address.IsBackingOff(now));
        address.Failed(Refused, now, BackOff, random);
        Assert.Equal(now.AddMinutes(1), address.BackOffUntil);
    }

    [Fact]
    public void What_is_known_of_an_address_outlives_a_new_answer_of_the_DNS()
    {
        var hosts = Hosts(("mx1", 10, "192.0.2.1"));
        hosts.Addresses.First().Failed(Refused, Start, BackOff, new Random(1));
        hosts.Update([Host("mx1", 10, "192.0.2.1 192.0.2.9")]);
        Assert.Equal([true, false], hosts.Addresses.Select(a => a.IsBackingOff(Start)));
    }

    [Fact]
    public void The_order_of_the_DNS_makes_no_other_site()
    {
        var policy = new SitePolicy(TlsPolicy.None, null, 20, null, null);
        var (a, b) = (Host("MX1", 10, "192.0.2.1"), Host("mx2", 10, "192.0.2.2"));
        Assert.Equal(SiteKey.For([a, b], policy), SiteKey.For([b, a with { Name = "mx1" }], policy with { }));
        Assert.NotEqual(SiteKey.For([a], policy), SiteKey.For([a], policy with { Tls = TlsPolicy.Required }));
        Assert.NotEqual(SiteKey.For([a], policy), SiteKey.For([a with { Port = 26 }], policy));
    }

    [Theory]
    [InlineData("*", "a.example", true)]
    [InlineData("a.example", "a.example", true)]
    [InlineData("A.Example", "a.example", true)]
    [InlineData("a.example", "b.a.example", false)]
    [InlineData("*.a.example", "b.a.example", true)]
    [InlineData(".a.example", "b.a.example", true)]
    [InlineData("*.a.example", "a.example", false)]
    [InlineData("*.a.example", "ba.example", false)]
    public void A_pattern_matches(string pattern, string domain, bool matches)
    {
        var route = Assert.Single(Read($"relay.routes = [ {{ domain = \"{pattern}\" }} ]").Routes.Routes);
        Assert.Equal(matches, route.Domain.Matches(domain));
    }

    [Fact]
    public void A_route_takes_from_delivery_what_it_does_not_say()
    {
        var (settings, routes) = Read("""
            delivery { tls = required, concurrency = 7, domains = [ { domain = "big.example", concurrency = 50, rate = "120/m" } ] }
            relay.routes = [
              { domain = "*.in.example", next-hop = ["10.0.0.7:26", "[fd00::7]:25", "fd00::8", "mx.example"], tls = none, rate = "2/s", username = u, password = p }
              { domain = "*", concurrency = 3 }
            ]
            """);
        var route = routes.Find("x.in.example")!;
        Assert.Equal([new("10.0.0.7", 26), new("fd00::7", 25), new("fd00::8", 25), new("mx.example", 25)], route.NextHops);
        Assert.Equal(new SitePolicy(TlsPolicy.None, null, 7, 2, new("u", "p")), route.Policy);
        Assert.Equal((TlsPolicy.Required, 3), (routes.Find("other.example")!.Policy.Tls, routes.Find("other.example")!.Policy.Concurrency));
        Assert.Equal((50, 2.0), (settings.PolicyFor("big.example", settings.Policy).Concurrency, settings.PolicyFor("big.example", settings.Policy).MessagesPerSecond!.Value));
    }

    [Fact]
    public void Lmtp_has_a_port_of_its_own()
    {
        var route = Assert.Single(Read("relay.routes = [ { domain = \"*\", protocol = lmtp, next-hop = [\"a\", \"b:24\"] } ]").Routes.Routes);
        Assert.Equal((NextHopProtocol.Lmtp, "a 2424, b 24"), (route.Policy.Protocol, string.Join(", ", route.NextHops.Select(h => $"{h.Host} {h.Port}"))));
        Assert.NotEqual(route.Policy, route.Policy with { Protocol = NextHopProtocol.Smtp });
    }

    [Theory]
    [InlineData("relay.routes = [ { next-hop = [\"a:25\"] } ]", "mta.relay.routes[0].domain")]
    [InlineData("relay.routes = [ { domain = \"*\", next-hop = [\"a:99999\"] } ]", "mta.relay.routes[0].next-hop")]
    [InlineData("relay.routes = [ { domain = \"*\", next-hop = [\"[::1\"] } ]", "mta.relay.routes[0].next-hop")]
    [InlineData("relay.routes = [ { domain = \"*\", next-hop = [\"a b\"] } ]", "mta.relay.routes[0].next-hop")]
    [InlineData("relay.routes = [ { domain = \"*\", tls = maybe } ]", "mta.relay.routes[0].tls")]
    [InlineData("relay.routes = [ { domain = \"*\", username = u } ]", "mta.relay.routes[0].password")]
    [InlineData("relay.routes = [ { domain = \"a.*\" } ]", "mta.relay.routes[0].domain")]
    [InlineData("relay.routes = [ { domain = \"*\", protocol = imap } ]", "mta.relay.routes[0].protocol")]
    [InlineData("relay.routes = [ { domain = \"*\", protocol = lmtp } ]", "mta.relay.routes[0].next-hop")]
    [InlineData("relay.routes = [ { domain = \"*\", protocol = lmtp, next-hop = [\"a:25\"] } ]", "mta.relay.routes[0].next-hop")]
    [InlineData("delivery.rate = fast", "mta.delivery.rate")]
    [InlineData("delivery.domains = [ { domain = \"*\", rate = \"0/s\" } ]", "mta.delivery.domains[0].rate")]
    public void A_wrong_value_is_named_by_its_path(string text, string path) =>
        Assert.Equal(path, Assert.Throws<ConfigException>(() => Read(text)).Path);

    private static (DeliverySettings Settings, RelayRoutes Routes) Read(string text)
    {
        var mta = ConfigFile.Parse($"mta {{ {text} }}", "test").Mta;
        var settings = DeliverySettings.From(mta.Section("delivery"));
        return (settings, RelayRoutes.From(mta.Section("relay"), settings));
    }

    private static SiteHosts Hosts(params (string Name, int Preference, string Addresses)[] hosts)
    {
        var result = new SiteHosts();
        result.Update([.. hosts.Select(h => Host(h.Name, h.Preference, h.Addresses))]);
        return result;
    }

    private static SiteHost Host(string name, int preference, string addresses) =>
        new(name, 25, preference, [.. addresses.Split(' ').Select(IPAddress.Parse)]);

    private static DeliveryJob Job(string domain) => new(
        new Envelope { Id = new(1), ReversePath = "", Recipients = [], ReceivedAt = Start, Size = 0 }, null!, domain, [], 1, Akka.Actor.Nobody.Instance);

    [Theory]
    [InlineData(50)]
    [InlineData(5)]
    [InlineData(0.5)]
    public void The_pace_finds_the_rate_that_a_host_bears(double rate)
    {
        var clock = new FakeTimeProvider();
        var (pace, host) = (new Pace(null, clock), new TokenBucket(rate, clock));
        const int Minutes = 5, Steps = Minutes * 60 * 100;
        int carried = 0, complaints = 0;
        for (int step = 0; step < Steps; step++)
        {
            // as many as go, until the host complains
            for (int i = 0; i < 20 && pace.TryTake(out _); i++)
            {
                if (host.TryTake(out _))
                {
                    carried++;
                    pace.Carried();
                    continue;
                }
                complaints++;
                pace.SlowDown();
            }
            clock.Advance(TimeSpan.FromSeconds(0.01));
        }
        Assert.InRange(carried, 0.6 * rate * Minutes * 60, 1.01 * rate * Minutes * 60 + 1);
        Assert.InRange(complaints, 1, Math.Max(30, 0.2 * carried));
    }

    [Fact]
    public void The_pace_is_free_again_a_minute_after_the_last_complaint()
    {
        var clock = new FakeTimeProvider();
        var pace = new Pace(null, clock);
        for (int i = 0; i < 100; i++) pace.Carried();
        pace.SlowDown();
        Assert.False(pace.TryTake(out var wait));
        Assert.InRange(pace.Slowed!.Value, 79, 81);
        Assert.InRange(wait.TotalMilliseconds, 10, 15);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(pace.Slowed);
        for (int i = 0; i < 1000; i++) Assert.True(pace.TryTake(out _));
    }

    [Fact]
    public void A_host_that_says_421_while_it_takes_our_mail_is_not_gone()
    {
        var address = new SiteAddress("mx.test", new(IPAddress.Loopback, 25));
        var tooFast = SmtpReply.Parse("421 4.7.28 slow down");
        Assert.False(address.SlowsUsDown(tooFast, Start));
        address.Succeeded(Start);
        Assert.True(address.SlowsUsDown(tooFast, Start.AddSeconds(9)));
        Assert.False(address.SlowsUsDown(Refused, Start.AddSeconds(9)));
        Assert.False(address.SlowsUsDown(tooFast, Start.AddSeconds(11)));
    }
}
