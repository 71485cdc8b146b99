using Mta.Config;

namespace Mta.Tests.Config;

public sealed class ConfigFileTests
{
    [Fact]
    public void The_reference_is_complete_and_good() => MtaSettings.From(ConfigFile.Parse(ConfigFile.Embedded("mta.conf"), "mta.conf"));

    [Fact]
    public void A_small_configuration_is_taken_as_it_stands()
    {
        var settings = MtaSettings.From(ConfigFile.Parse("""
            mta {
              hostname = "relay.test"
              data-dir = "/some/dir"
              listeners { smtp { address = "127.0.0.1", port = 2525 } }   # listeners not named are off
              relay { trusted-networks = ["127.0.0.0/8"], routes = [ { domain = "*", next-hop = ["127.0.0.1:2526"] } ] }
              dns { servers = ["127.0.0.1:5353"] }
            }
            """, "test.conf"));
        Assert.Equal("relay.test", settings.Hostname);
        Assert.Equal("/some/dir", settings.DataDir);
        var listener = Assert.Single(settings.Listeners);
        Assert.Equal("127.0.0.1:2525", listener.EndPoint.ToString());
        Assert.Equal("127.0.0.1:5353", Assert.Single(settings.Dns.Servers).ToString());
    }

    [Theory]
    [InlineData("mta { listeners { smtp { address = \"127.0.0.1\", port = 25 }, http { address = \"127.0.0.1\", port = 80 } } }")]
    [InlineData("mta { listeners { smtp { address = \"127.0.0.1\", port = 25 }\n http { address = \"127.0.0.1\", port = 80 } } }")]
    [InlineData("mta.listeners.smtp = { address = \"127.0.0.1\", port = 25 }, mta.listeners.http : { address = \"127.0.0.1\", port = 80, }")]
    [InlineData("{ \"mta\": { \"listeners\": { \"smtp\": { \"address\": \"127.0.0.1\", \"port\": 25 }, \"http\": { \"address\": \"127.0.0.1\", \"port\": 80 } } } }")]
    [InlineData("mta\n{ // one\n listeners\n { smtp { address = 127.0.0.1\n port = 25 }, # two\n http { address = \"127.0.0.1\", port = 80 } } }")]
    public void Every_way_to_write_it_means_the_same(string text) => Assert.Equal(
        ["smtp 127.0.0.1:25", "http 127.0.0.1:80"],
        MtaSettings.From(ConfigFile.Parse(text, "test.conf")).Listeners.Select(l => $"{l.Name} {l.EndPoint}"));

    [Theory]
    [InlineData("[]")]
    [InlineData("[ ]")]
    [InlineData("[  \n # none yet\n ]")]
    public void An_empty_list_is_empty_however_it_is_spaced(string list) =>
        MtaSettings.From(ConfigFile.Parse($"mta {{ hostname = relay.test, relay {{ trusted-networks = {list}, routes = {list} }} }}", "test.conf"));

    [Theory]
    [InlineData("mta {\n  hostnam = \"x\"\n}", "test.conf:2:", "mta.hostname")]
    [InlineData("mta.queue.retri = \"1m\"", "test.conf:1:", "mta.queue.retry")]
    [InlineData("mta {\n  # comment { \n  queue {\n\n expirey = 5d }\n}", "test.conf:5:", "mta.queue.expiry")]
    [InlineData("mta {\n  relay { routes = [\n { domain = \"*\"\n   nexthop = [] } ] } }", "test.conf:4:", "mta.relay.route-defaults.next-hop")]
    [InlineData("mta {\n  listeners { smtp {\n adress = \"::\" } } }", "test.conf:3:", "mta.listener-defaults.address")]
    [InlineData("mto { }", "test.conf:1:", "mta")]
    public void An_unknown_key_is_told_with_line_and_nearest_name(string text, string where, string nearest)
    {
        var error = Assert.Throws<ConfigException>(() => ConfigFile.Parse(text, "test.conf"));
        Assert.StartsWith(where, error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"\"{nearest}\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mta.queue.partitions = 0")]
    [InlineData("mta.queue.retry = \"sometimes\"")]
    [InlineData("mta.queue.expiry = maybe")]
    [InlineData("mta.dns.servers = [\"resolver.example\"]")]
    [InlineData("mta.log.level = loud")]
    [InlineData("mta.hostname = \"no host\"")]
    [InlineData("mta.listeners.smtp.port = 70000")]
    [InlineData("mta.listeners.gopher { address = \"127.0.0.1\", port = 70 }")]
    public void A_wrong_value_is_told_with_its_key(string text)
    {
        string key = text[..text.IndexOfAny([' ', '='])];
        var error = Assert.Throws<ConfigException>(() => MtaSettings.From(ConfigFile.Parse(text, "test.conf")));
        Assert.StartsWith(key, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("test.conf:1: " + key, ConfigFile.Locate(error, text, "test.conf"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mta { hostname = ")]
    [InlineData("mta { listeners { smtp { ")]
    [InlineData("}}}}")]
    [InlineData("\"\"\"")]
    [InlineData("mta.relay.domains = [ b [ c ]")]
    [InlineData("mta.relay.trusted-networks = [ \"1 = [ \"1s = [ \"127.0.0.0/8\"\n \"::1/128\" ]")]
    [InlineData("mta.smtp.limits = 5")]
    [InlineData("mta.relay.domains = [ *.example.com ]")]
    [InlineData("mta.relay.trusted-networks = [ ::1/128 ]")]
    [InlineData("mta.relay.domains = [ a$b ]")]
    [InlineData("mta.relay.domains = [ a\\b ]")]
    [InlineData("mta.relay.domains = [ [ \"a.example\" ] ]")]
    [InlineData("mta.relay.domains = [ { a = b } ]")]
    public void What_is_not_well_formed_is_one_clear_error(string text) =>
        Assert.ThrowsAny<ConfigException>(() => MtaSettings.From(ConfigFile.Parse(text, "test.conf")));
}
