using System.Buffers;
using System.Text;
using CsCheck;
using Mta.Protocol.Sasl;

namespace Mta.Protocol.Tests.Sasl;

/// <summary>Whatever a client says: a step, never an exception, and it is over in a few of them.</summary>
public class SaslFuzzTests
{
    private static readonly SaslMechanisms[] All = [.. Enum.GetValues<SaslMechanisms>().Where(m => m is not SaslMechanisms.None && int.PopCount((int)m) == 1)];
    private static readonly ChannelBinding Binding = new(ChannelBinding.ServerEndPoint, new byte[32]);

    private static readonly Gen<byte[]> Responses = Gen.OneOf(
        Gen.Byte.Array[0, 100],
        Gen.OneOf("\0a\0b", "n,,n=user,r=abc", "p=tls-server-end-point,,n=a,r=b", "c=biws,r=abc,p=AAAA", "user=a\u0001auth=Bearer x\u0001\u0001", "n,a=x,\u0001auth=Bearer x\u0001\u0001", "")
            .Select(Gen.Int[0, 40], Gen.Byte, (text, at, octet) =>
            {
                byte[] octets = Encoding.UTF8.GetBytes(text);
                if (at < octets.Length) octets[at] = octet;
                return octets;
            }));

    [Fact]
    public void Every_mechanism_ends() =>
        Gen.Select(Gen.OneOf(All), Gen.Bool, Responses.Array[8, 8], Gen.Bool).Sample((mechanism, hasInitial, responses, accepts) =>
        {
            var exchange = SaslNames.Begin(mechanism, Binding);
            var step = exchange.Start(responses[0], hasInitial);
            int next = 1;
            while (step is not (SaslStep.Done or SaslStep.Failed))
            {
                Assert.True(next < responses.Length, "it does not end");
                step = step switch
                {
                    SaslStep.Challenge => exchange.Respond(responses[next]),
                    SaslStep.FindKeys => exchange.KeysFound(SaslDialogue.Keys("x", [1], 1)),
                    _ when accepts => exchange.Accepted(),
                    _ => exchange.Refused(),
                };
                next++;
            }
            Assert.True(accepts || step is SaslStep.Failed);
        });

    [Fact]
    public void Base_64_has_one_spelling() =>
        Gen.Byte.Array[0, 50].Sample(octets =>
        {
            var output = new ArrayBufferWriter<byte>();
            SaslBase64.Write(octets, output);
            byte[] decoded = new byte[octets.Length + 3];
            Assert.True(SaslBase64.TryDecode(output.WrittenSpan, decoded, out int length));
            Assert.Equal(octets, decoded[..length]);
        });

    [Fact]
    public void Whatever_decodes_is_spelt_as_we_would() =>
        Gen.String[Gen.OneOf(Gen.OneOf('A', 'B', '=', '+', '/'), Gen.Char['\0', '\x7f']), 0, 12].Sample(text =>
        {
            byte[] octets = new byte[20];
            if (SaslBase64.TryDecode(Encoding.Latin1.GetBytes(text), octets, out int length)) Assert.Equal(text, Convert.ToBase64String(octets, 0, length));
        });

    [Theory]
    [InlineData("A")]
    [InlineData("AA=")]
    [InlineData("AB==")]
    [InlineData("AA==AA==")]
    [InlineData("A===")]
    [InlineData("====")]
    [InlineData("AA A")]
    [InlineData("AAA\n")]
    [InlineData("AA-_")]
    public void What_is_no_base_64(string text) => Assert.False(SaslBase64.TryDecode(Encoding.ASCII.GetBytes(text), new byte[20], out _));

    [Fact]
    public void Names_are_found_whatever_their_case()
    {
        Assert.Equal(SaslMechanisms.ScramSha256Plus, SaslNames.Find("scram-sha-256-plus"u8));
        Assert.Equal(SaslMechanisms.None, SaslNames.Find("CRAM-MD5"u8));
        Assert.Equal("SCRAM-SHA-256-PLUS SCRAM-SHA-256 OAUTHBEARER XOAUTH2 PLAIN LOGIN", SaslNames.List(SaslMechanisms.All));
    }
}
