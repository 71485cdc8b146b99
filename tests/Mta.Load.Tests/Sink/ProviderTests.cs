using System.Net;
using CsCheck;
using Mta.Load.Sink;
using Mta.Protocol.Addresses;

namespace Mta.Load.Tests.Sink;

public sealed class ProviderTests
{
    private static readonly MailPath Sender = new("a@b.test", "b.test");
    private readonly ManualClock _clock = new();
    private Dice _dice = new(1);

    private Provider Make(string profile, ulong seed = 1) => new(Profile.Parse(profile, "x"), seed, _clock);

    private static MailPath Path(string local, string domain = "d1.test") => new($"{local}@{domain}", domain);

    private int Ask(Provider provider, string local = "u", string domain = "d1.test", string source = "127.0.0.1") =>
        provider.JudgeRecipient(IPAddress.Parse(source), Sender, Path(local, domain), ref _dice).Reply?.Code ?? 250;

    [Fact]
    public void Connections_of_one_address_are_limited()
    {
        var provider = Make("connections { per-address = 2 }");
        Assert.True(provider.Enter(IPAddress.Loopback, ref _dice).IsAccepted);
        Assert.True(provider.Enter(IPAddress.Loopback, ref _dice).IsAccepted);
        Assert.Equal(421, provider.Enter(IPAddress.Loopback, ref _dice).Reply?.Code);
        Assert.True(provider.Enter(IPAddress.Parse("127.0.0.2"), ref _dice).IsAccepted);
        provider.Leave(IPAddress.Loopback);
        provider.Leave(IPAddress.Loopback);
        Assert.True(provider.Enter(IPAddress.Loopback, ref _dice).IsAccepted);
    }

    [Fact]
    public void The_rate_of_a_domain_is_its_own()
    {
        var provider = Make("rate { per-domain = 2, reply = \"450 slow\" }");
        Assert.Equal([250, 250, 450], (int[])[Ask(provider), Ask(provider), Ask(provider)]);
        Assert.Equal(250, Ask(provider, domain: "d2.test"));
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal([250, 450], (int[])[Ask(provider), Ask(provider)]);
    }

    [Fact]
    public void The_rate_of_an_address_is_its_own()
    {
        var provider = Make("rate { per-address = 1, reply = \"450 slow\" }");
        Assert.Equal([250, 450, 250], (int[])[Ask(provider), Ask(provider), Ask(provider, source: "127.0.0.2")]);
    }

    [Fact]
    public void A_greylister_lets_pass_after_its_delay_in_its_own_time()
    {
        var provider = Make("greylist { delay = 5m, reply = \"451 grey\" }\n time-scale = 60");
        Assert.Equal(451, Ask(provider));
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(451, Ask(provider));
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(250, Ask(provider));
        Assert.Equal(451, Ask(provider, "another"));
    }

    [Fact]
    public void Unknown_users_cost_reputation_until_all_is_refused()
    {
        var provider = Make("unknown-users { share = 1 }\n reputation { unknown-user-cost = 0.3, defer-below = 0.5, defer-reply = \"451 later\", refuse-below = 0.2, refuse-reply = \"554 no\" }");
        Assert.Equal([550, 550, 451], (int[])[Ask(provider), Ask(provider), Ask(provider)]);
        Assert.Equal(550, Ask(provider, source: "127.0.0.2"));
    }

    [Fact]
    public void Accepted_mail_restores_reputation()
    {
        var provider = Make("unknown-users { share = 1 }\n reputation { unknown-user-cost = 1, accepted-gain = 0.5, refuse-below = 0.4, refuse-reply = \"554 no\" }");
        Assert.Equal([550, 554], (int[])[Ask(provider), Ask(provider)]);
        provider.Accept(IPAddress.Loopback, 1, 1, ref _dice);
        Assert.Equal(550, Ask(provider));
    }

    [Fact]
    public void A_storm_comes_and_goes()
    {
        var provider = Make("rules = [ { at = rcpt, reply = \"421 storm\", from = 10s, for = 5s } ]");
        Assert.Equal(250, Ask(provider));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(421, Ask(provider));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(250, Ask(provider));
        Assert.Equal(1, provider.Counters.Summarize("", "", 0).Refused[421]);
    }

    [Fact]
    public void The_same_seed_has_the_same_unknown_users() => Gen.ULong.Sample(seed =>
    {
        var (one, two) = (Make("unknown-users { share = 0.5 }", seed), Make("unknown-users { share = 0.5 }", seed));
        for (int i = 0; i < 20; i++) Assert.Equal(Ask(one, $"u{i}"), Ask(two, $"u{i}"));
    }, iter: 20);

    [Fact]
    public void The_same_seed_throws_the_same_dice() => Gen.ULong.Sample(seed =>
    {
        var (one, two) = (new Dice(seed), new Dice(seed));
        for (int i = 0; i < 100; i++) Assert.Equal(one.Falls(0.5), two.Falls(0.5));
    });

    [Fact]
    public void A_share_is_about_what_was_asked_for()
    {
        var provider = Make("unknown-users { share = 0.1 }");
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => Ask(provider, $"user{i}") == 550), 800, 1200);
    }

    [Fact]
    public void Domains_and_addresses_are_spread_by_weight()
    {
        var (big, small) = (Make(""), Make("description = x"));
        IPAddress[] addresses = [.. Enumerable.Range(1, 100).Select(i => IPAddress.Parse($"127.0.1.{i}"))];
        var world = new World([(big, 9), (small, 1)], addresses, 1000);
        Assert.InRange(world.DomainsOf(small), 95, 105);
        Assert.InRange(world.Hosts.Count(h => h.Provider == small), 8, 13);
        for (int n = 1; n <= 1000; n++) Assert.Same(world.ProviderOf($"d{n}.test"), world.ProviderAt(world.HostOf(n).Address));
        Assert.Same(big, world.ProviderOf("d1001.test"));
        Assert.Same(big, world.ProviderOf("elsewhere.example"));
    }
}
