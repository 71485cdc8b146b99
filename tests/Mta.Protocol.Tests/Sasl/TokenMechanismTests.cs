using Mta.Protocol.Sasl;

namespace Mta.Protocol.Tests.Sasl;

public class TokenMechanismTests
{
    // RFC 7628 §4.1
    private const string Example = "n,a=user@example.com,\u0001host=server.example.com\u0001port=143\u0001auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u0001\u0001";

    [Fact]
    public void OAuthBearer_of_RFC_7628()
    {
        var exchange = new OAuthBearerExchange();
        Assert.Equal(new SaslStep.CheckToken("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="), exchange.Begin(Example));
        Assert.Equal(SaslStep.Done.Instance, exchange.Accepted());
    }

    [Fact]
    public void A_refused_token_is_explained_before_it_fails()
    {
        var exchange = new OAuthBearerExchange();
        exchange.Begin(Example);
        Assert.Equal("""{"status":"invalid_token"}""", exchange.Refused().Text());
        Assert.Equal(SaslStep.Failed.Credentials, exchange.Say("\u0001"));

        var other = new XOAuth2Exchange();
        Assert.Equal("", other.Begin().Text());
        Assert.Equal(new SaslStep.CheckToken("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"),
            other.Say("user=someuser@example.com\u0001auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\u0001\u0001"));
        Assert.Contains("401", other.Refused().Text(), StringComparison.Ordinal);
        Assert.Equal(SaslStep.Failed.Credentials, other.Say(""));
    }

    [Fact]
    public void Without_a_token_it_asks_what_we_want()
    {
        var exchange = new OAuthBearerExchange();
        Assert.Contains("invalid_token", exchange.Begin("n,,\u0001auth=\u0001\u0001").Text(), StringComparison.Ordinal);
        Assert.Equal(SaslStep.Failed.Credentials, exchange.Say("\u0001"));
    }

    [Theory]
    [InlineData("n,,\u0001auth=bearer x\u0001\u0001", null)]
    [InlineData("y,a=me,\u0001auth=Bearer x\u0001\u0001", "me")]
    public void What_may_vary(string message, string? name) => Assert.Equal(new SaslStep.CheckToken(name, "x"), new OAuthBearerExchange().Begin(message));

    [Theory]
    [InlineData("")]
    [InlineData("n,,")]
    [InlineData("n,,\u0001")]
    [InlineData("n,,\u0001\u0001")]
    [InlineData("n,,auth=Bearer x\u0001\u0001")]
    [InlineData("n,,\u0001auth=Bearer x\u0001")]
    [InlineData("n,,\u0001auth=Bearer x\u0001\u0001more")]
    [InlineData("n,,\u0001auth=Bearer x\u0001auth=Bearer y\u0001\u0001")]
    [InlineData("n,,\u0001=x\u0001\u0001")]
    [InlineData("n,,\u0001a1=x\u0001auth=Bearer x\u0001\u0001")]
    [InlineData("p=tls-unique,,\u0001auth=Bearer x\u0001\u0001")]
    public void OAuthBearer_is_read_strictly(string message) => Assert.Equal(SaslStep.Failed.Malformed, new OAuthBearerExchange().Begin(message));

    [Theory]
    [InlineData("user=\u0001auth=Bearer x\u0001\u0001")]
    [InlineData("user=a\u0001auth=Basic x\u0001\u0001")]
    [InlineData("user=a\u0001auth=Bearer \u0001\u0001")]
    [InlineData("user=a\u0001auth=Bearer x y\u0001\u0001")]
    [InlineData("user=a\u0001auth=Bearer x\u0001")]
    [InlineData("auth=Bearer x\u0001user=a\u0001\u0001")]
    public void XOAuth2_is_read_strictly(string message) => Assert.Equal(SaslStep.Failed.Malformed, new XOAuth2Exchange().Begin(message));
}
