using Mta.Config;
using Mta.Load.Sink;

namespace Mta.Load.Tests.Sink;

public sealed class ProfileTests
{
    public static TheoryData<string> Names => [.. Profile.Known];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_profile_that_comes_with_the_program_can_be_read(string name) => Assert.Equal(name, Profile.Load(name).Name);

    [Fact]
    public void The_promised_profiles_are_there() =>
        Assert.Equal(["business-suite", "dying-host", "greylister", "plain", "small-isp", "strict-webmail"], Profile.Known);

    [Theory]
    [InlineData("conections { per-address = 5 }", "conections")]
    [InlineData("connections { per-adress = 5 }", "connections.per-adress")]
    [InlineData("rate { reply = \"250 ok\" }", "rate.reply")]
    [InlineData("unknown-users { share = 2 }", "unknown-users.share")]
    [InlineData("bounces { reply = \"250 ok\" }", "bounces.reply")]
    [InlineData("feedback { to = nobody }", "feedback.to")]
    [InlineData("rules = [ { at = tls, reply = \"454 no\" } ]", "rules[0].reply")]
    [InlineData("rules = [ { at = rcpt } ]", "rules[0].reply")]
    [InlineData("rules = [ { at = rcpt, fault = stall, reply = \"450 no\" } ]", "rules[0].reply")]
    [InlineData("rules = [ { at = rcpt, falt = stall } ]", "rules[0].falt")]
    [InlineData("rules = [ { at = lunch, fault = stall } ]", "rules[0].at")]
    public void A_wrong_key_or_value_is_named(string text, string key) =>
        Assert.Equal($"x.{key}", Assert.Throws<ConfigException>(() => Profile.Parse(text, "x")).Path);

    [Fact]
    public void What_is_neither_known_nor_a_file_is_refused() => Assert.Throws<ConfigException>(() => Profile.Load("no-such-profile"));
}
