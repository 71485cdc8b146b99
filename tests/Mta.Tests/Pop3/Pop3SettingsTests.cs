using Mta.Config;
using Mta.Pop3;

namespace Mta.Tests.Pop3;

public sealed class Pop3SettingsTests
{
    private static MtaSettings Read(string text) => MtaSettings.From(ConfigFile.Parse($"mta {{ {text} }}", "test.conf"));

    [Theory]
    [InlineData("pop3.timeouts.idle = 9m", "mta.pop3.timeouts.idle")]
    [InlineData("pop3.mechanisms = [ \"APOP\" ]", "mta.pop3.mechanisms")]
    [InlineData("pop3.limits.messages = 0", "mta.pop3.limits.messages")]
    [InlineData("pop3.limits.failures = 0", "mta.pop3.limits.failures")]
    [InlineData("pop3.timeouts.stress.above = 2", "mta.pop3.timeouts.stress.above")]
    public void A_wrong_value_is_named_by_its_path(string text, string path) => Assert.Equal(path, Assert.Throws<ConfigException>(() => Read(text)).Path);

    [Theory]
    [InlineData("pop3", true, null)]
    [InlineData("pop3s", true, null)]
    [InlineData("pop3", false, "needs a certificate")]
    [InlineData("pop3 { }, pop3.allow-plaintext-on-loopback = true, listeners.pop3", false, null)]
    [InlineData("pop3s { }, pop3.allow-plaintext-on-loopback = true, listeners.pop3s", false, "needs a certificate")]
    public void Where_nobody_could_sign_in_nothing_starts(string listener, bool hasTls, string? problem)
    {
        var settings = Read($"listeners.{listener} {{ address = \"127.0.0.1\" }}");
        void Check() => Pop3ServerContext.Check(settings.Listeners, settings.Pop3, hasTls);
        if (problem is null) Check();
        else Assert.Contains(problem, Assert.Throws<ConfigException>(Check).Message, StringComparison.Ordinal);
    }
}
