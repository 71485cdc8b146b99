using System.Text;
using CsCheck;
using Mta.Protocol.Sasl;

namespace Mta.Protocol.Tests.Sasl;

public class ScramTests
{
    private static readonly byte[] Salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
    private static readonly ChannelBinding Binding = new(ChannelBinding.ServerEndPoint, new byte[] { 1, 2, 3, 0, 255 });

    // RFC 7677 §3
    private const string ClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    private const string ServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private const string ServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    private const string ClientFinal = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    private const string ServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    private static (ScramExchange Exchange, SaslStep Step) AtProof(bool isPlus, ChannelBinding? binding, string first, Func<string, (string, string)> prove, out string signature)
    {
        var exchange = new ScramExchange(isPlus, binding);
        Assert.IsType<SaslStep.FindKeys>(exchange.Begin(first));
        (string final, signature) = prove(exchange.KeysFound(SaslDialogue.Keys("pencil", Salt, 4096)).Text());
        return (exchange, exchange.Say(final));
    }

    [Fact]
    public void The_dialogue_of_RFC_7677()
    {
        var exchange = new ScramExchange(isPlus: false, binding: null, ServerNonce);
        Assert.Equal(new SaslStep.FindKeys("user"), exchange.Begin(ClientFirst));
        Assert.Equal(ServerFirst, exchange.KeysFound(SaslDialogue.Keys("pencil", Salt, 4096)).Text());
        Assert.Equal(new SaslStep.SignIn("user", true), exchange.Say(ClientFinal));
        Assert.Equal(ServerFinal, exchange.Accepted().Text());
        Assert.Equal(SaslStep.Done.Instance, exchange.Say(""));
    }

    [Fact]
    public void A_wrong_password_proves_nothing()
    {
        var (exchange, step) = AtProof(false, null, "n,,n=user,r=abc", first => SaslDialogue.Prove("pencils", "n=user,r=abc", first, "n,,"u8.ToArray()), out _);
        Assert.Equal(new SaslStep.SignIn("user", false), step);
        Assert.Equal(SaslStep.Failed.Credentials, exchange.Refused());
    }

    [Fact]
    public void Channel_binding_is_checked()
    {
        byte[] input = [.. "p=tls-server-end-point,,"u8, .. Binding.Data.Span];
        var (exchange, step) = AtProof(true, Binding, "p=tls-server-end-point,,n=user,r=abc", first => SaslDialogue.Prove("pencil", "n=user,r=abc", first, input), out string signature);
        Assert.Equal(new SaslStep.SignIn("user", true), step);
        Assert.Equal(signature, exchange.Accepted().Text());
        // the certificate that the client saw was another's
        input[^1]--;
        Assert.Equal(SaslStep.Failed.Credentials,
            AtProof(true, Binding, "p=tls-server-end-point,,n=user,r=abc", first => SaslDialogue.Prove("pencil", "n=user,r=abc", first, input), out _).Step);
    }

    [Fact]
    public void A_list_of_mechanisms_that_was_shortened_is_noticed()
    {
        // RFC 5802 §6: the client can bind, and was made to believe that we cannot
        Assert.Equal(SaslStep.Failed.Credentials, new ScramExchange(false, Binding).Begin("y,,n=user,r=abc"));
        Assert.IsType<SaslStep.FindKeys>(new ScramExchange(false, null).Begin("y,,n=user,r=abc"));
        Assert.IsType<SaslStep.FindKeys>(new ScramExchange(false, Binding).Begin("n,,n=user,r=abc"));
        // and so is a header that changed on its way
        Assert.Equal(SaslStep.Failed.Credentials,
            AtProof(false, Binding, "n,,n=user,r=abc", first => SaslDialogue.Prove("pencil", "n=user,r=abc", first, "y,,"u8.ToArray()), out _).Step);
    }

    [Theory]
    [InlineData("n,,n=a=2Cb=3D,r=abc", "a,b=")]
    [InlineData("n,a=us=2Cer,n=us=2Cer,r=abc", "us,er")]
    [InlineData("n,,n=jörg,r=abc,x=extension", "jörg")]
    public void Names_are_decoded(string first, string name) => Assert.Equal(new SaslStep.FindKeys(name), new ScramExchange(false, null).Begin(first));

    [Theory]
    [InlineData("")]
    [InlineData("n")]
    [InlineData("n,")]
    [InlineData("n,,")]
    [InlineData("x,,n=user,r=abc")]
    [InlineData("p=,,n=user,r=abc")]
    [InlineData("p=tls-unique,,n=user,r=abc")] // PLUS was not chosen
    [InlineData("n,b=x,n=user,r=abc")]
    [InlineData("n,,m=ext,n=user,r=abc")]
    [InlineData("n,,n=,r=abc")]
    [InlineData("n,,n=us=er,r=abc")]
    [InlineData("n,,n=us=2cer,r=abc")]
    [InlineData("n,,n=user,r=")]
    [InlineData("n,,n=user,r=a b")]
    [InlineData("n,,n=user")]
    [InlineData("n,,n=user,x=abc")]
    public void The_first_message_is_read_strictly(string first) => Assert.Equal(SaslStep.Failed.Malformed, new ScramExchange(false, null).Begin(first));

    [Fact]
    public void Nobody_acts_as_another() => Assert.Equal(SaslStep.Failed.Credentials, new ScramExchange(false, null).Begin("n,a=other,n=user,r=abc"));

    [Fact]
    public void Plus_takes_only_the_binding_that_we_have()
    {
        Assert.Equal(SaslStep.Failed.Credentials, new ScramExchange(true, Binding).Begin("p=tls-exporter,,n=user,r=abc"));
        Assert.Equal(SaslStep.Failed.Malformed, new ScramExchange(true, Binding).Begin("n,,n=user,r=abc"));
    }

    [Theory]
    [InlineData("c=biws,r=wrong,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("c=biws,r=NONCE")]
    [InlineData("c=biws,r=NONCE,p=dHzb")]
    [InlineData("c=biws,r=NONCE,p=!HzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("r=NONCE,c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("")]
    public void The_final_message_is_read_strictly(string final) => Assert.Equal(SaslStep.Failed.Malformed,
        AtProof(false, null, "n,,n=user,r=abc", first => (final.Replace("NONCE", first.Split(',')[0][2..], StringComparison.Ordinal), ""), out _).Step);

    [Fact]
    public void The_signature_is_acknowledged_with_nothing()
    {
        var (exchange, _) = AtProof(false, null, "n,,n=user,r=abc", first => SaslDialogue.Prove("pencil", "n=user,r=abc", first, "n,,"u8.ToArray()), out _);
        exchange.Accepted();
        Assert.Equal(SaslStep.Failed.Malformed, exchange.Say("x"));
    }

    [Fact]
    public void The_right_password_proves_itself_and_no_other_does() =>
        Gen.Select(Gen.String[Gen.Char['!', '~'], 1, 30], Gen.String[Gen.Char['!', '~'], 1, 30], Gen.Byte.Array[1, 40], Gen.Int[1, 20], Gen.Bool).Sample((password, other, salt, iterations, isPlus) =>
        {
            string header = isPlus ? "p=tls-server-end-point,," : "n,,";
            byte[] input = isPlus ? [.. Encoding.ASCII.GetBytes(header), .. Binding.Data.Span] : Encoding.ASCII.GetBytes(header);
            foreach (string said in (string[])[password, other])
            {
                var exchange = new ScramExchange(isPlus, Binding);
                exchange.Begin(header + "n=user,r=abc");
                var (final, signature) = SaslDialogue.Prove(said, "n=user,r=abc", exchange.KeysFound(SaslDialogue.Keys(password, salt, iterations)).Text(), input);
                Assert.Equal(new SaslStep.SignIn("user", said == password), exchange.Say(final));
                if (said == password) Assert.Equal(signature, exchange.Accepted().Text());
            }
        }, iter: 200);
}
