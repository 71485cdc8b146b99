using Mta.Config;

namespace Mta.Tests.Config;

public sealed class ConfigChangesTests
{
    [Theory]
    [InlineData("", "", "")]
    [InlineData("", "mta.queue.partitions = 4", "")] // the default, said
    [InlineData("mta.queue.jitter = 0.2", "", "mta.queue.jitter")]
    [InlineData("mta.listeners.smtp {}", "", "mta.listeners.smtp")]
    [InlineData("mta.listeners.smtp {}", "mta.listeners.smtp { port = 26 }", "mta.listeners.smtp.port")]
    [InlineData("mta.relay.routes = [ { domain = a.example, next-hop = [\"1.2.3.4\"] } ]", "mta.relay.routes = [ { domain = a.example, next-hop = [\"1.2.3.5\"] } ]", "mta.relay.routes")]
    [InlineData("", "akka.loglevel = DEBUG, mta.spool.memory = 1MiB", "akka.loglevel mta.spool.memory")]
    public void What_differs_is_named(string old, string now, string keys) => Assert.Equal(
        keys.Split(' ', StringSplitOptions.RemoveEmptyEntries), ConfigChanges.Between(ConfigFile.Parse(old.Replace(", mta", "\nmta", StringComparison.Ordinal), "old"), ConfigFile.Parse(now.Replace(", mta", "\nmta", StringComparison.Ordinal), "now")));

    [Theory]
    [InlineData("mta.spool.memory", true)]
    [InlineData("mta.spoolx", false)]
    [InlineData("mta.log.level", false)]
    [InlineData("mta.log.format", true)]
    [InlineData("akka.actor.x", true)]
    [InlineData("mta.queue.retry", false)]
    public void What_is_read_at_the_start_alone_takes_a_restart(string key, bool takesRestart) => Assert.Equal(takesRestart, ConfigChanges.TakesRestart(key));
}
