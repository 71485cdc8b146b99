using CsCheck;
using Mta.Protocol.Sasl;

namespace Mta.Protocol.Tests.Sasl;

public class PasswordMechanismTests
{
    [Fact]
    public void Plain_of_RFC_4616()
    {
        Assert.Equal(new SaslStep.CheckPassword("tim", "tanstaaftanstaaf"), new PlainExchange().Begin("\0tim\0tanstaaftanstaaf"));
        // "Ursel" acts as "Kurt": nobody may act as another here
        Assert.Equal(SaslStep.Failed.Credentials, new PlainExchange().Begin("Ursel\0Kurt\0xipj3plmq"));
        Assert.Equal(new SaslStep.CheckPassword("Kurt", "x"), new PlainExchange().Begin("kurt\0Kurt\0x"));
    }

    [Fact]
    public void Plain_waits_for_a_client_that_said_nothing()
    {
        var exchange = new PlainExchange();
        Assert.Equal("", exchange.Begin().Text());
        Assert.Equal(new SaslStep.CheckPassword("tim", "pass word\t"), exchange.Say("\0tim\0pass word\t"));
        Assert.Equal(SaslStep.Done.Instance, exchange.Accepted());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0")]
    [InlineData("tim\0pass")]
    [InlineData("\0tim\0")]
    [InlineData("\0\0pass")]
    [InlineData("\0tim\0pa\0ss")]
    [InlineData("\0ti\nm\0pass")]
    [InlineData("t\x7f\0tim\0pass")]
    public void Plain_is_read_strictly(string message) => Assert.Equal(SaslStep.Failed.Malformed, new PlainExchange().Begin(message));

    [Fact]
    public void What_is_no_UTF8_is_malformed() =>
        Assert.Equal(SaslStep.Failed.Malformed, new PlainExchange().Start([0, 0xC3, 0, 0x61], hasInitial: true));

    [Fact]
    public void A_response_is_bounded()
    {
        Assert.IsType<SaslStep.CheckPassword>(new PlainExchange().Begin("\0tim\0" + new string('x', 4091)));
        Assert.Equal(SaslStep.Failed.Malformed, new PlainExchange().Begin("\0tim\0" + new string('x', 4092)));
        Assert.IsType<SaslStep.CheckToken>(new XOAuth2Exchange().Begin("user=a\u0001auth=Bearer " + new string('x', 12000) + "\u0001\u0001"));
        Assert.Equal(SaslStep.Failed.Malformed, new XOAuth2Exchange().Begin("user=a\u0001auth=Bearer " + new string('x', 12300) + "\u0001\u0001"));
    }

    [Fact]
    public void Login_asks_for_both()
    {
        var exchange = new LoginExchange();
        Assert.Equal("Username:", exchange.Begin().Text());
        Assert.Equal("Password:", exchange.Say("tim").Text());
        Assert.Equal(new SaslStep.CheckPassword("tim", "tanstaaf"), exchange.Say("tanstaaf"));
        Assert.Equal(SaslStep.Failed.Credentials, exchange.Refused());
    }

    [Fact]
    public void Login_takes_the_name_at_once()
    {
        var exchange = new LoginExchange();
        Assert.Equal("Password:", exchange.Begin("tim").Text());
        Assert.Equal(SaslStep.Failed.Malformed, exchange.Say(""));
        Assert.Equal(SaslStep.Failed.Malformed, new LoginExchange().Begin(""));
    }

    [Fact]
    public void Every_name_and_password_comes_through_as_it_is() =>
        Gen.Select(Gen.String[Gen.Char['!', '~'], 1, 60], Gen.String[Gen.Char['\u0020', '\ud7ff'], 1, 60]).Sample((name, password) =>
        {
            Assert.Equal(new SaslStep.CheckPassword(name, password), new PlainExchange().Begin($"\0{name}\0{password}"));
            var login = new LoginExchange();
            login.Begin(name);
            Assert.Equal(new SaslStep.CheckPassword(name, password), login.Say(password));
        });

    [Fact]
    public void Who_does_not_keep_the_order_has_a_bug()
    {
        var exchange = new PlainExchange();
        Assert.Throws<InvalidOperationException>(() => exchange.Accepted());
        exchange.Begin("\0tim\0tanstaaf");
        Assert.Throws<InvalidOperationException>(() => exchange.Say("again"));
        exchange.Accepted();
        Assert.Throws<InvalidOperationException>(() => exchange.Refused());
    }
}
