using System.Text;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Abuse;

/// <summary>What an outsider can write for a recipient: nothing of it is relayed, whatever the notation, by the real program.</summary>
public sealed class OpenRelayTests
{
    // octets as they are between RCPT TO: and CRLF
    private static readonly string[] Forms =
    [
        "<v@there.test>", "<V@THERE.TEST>", "<v@there.test.>", "<v@.there.test>", "<v@there..test>", "<v@[127.0.0.1]>", "<v@[192.0.2.1]>",
        "<v@[IPv6:::1]>", "<v@127.0.0.1>", "<v@2130706433>", "<v@localhost>", "<v@relay.test>", "<v>", "<\"v\">", "<@>", "<v@>", "<@there.test>",
        "<@ours.test:v@there.test>", "<@ours.test,@b.test:v@there.test>", "<@a.test,@ours.test:v@there.test>", "<ours.test:v@there.test>",
        "<v%there.test@ours.test>", "<v%there.test%ours.test@ours.test>", "<v%there.test>", "<\"v%there.test\"@ours.test>",
        "<there.test!v@ours.test>", "<there.test!v>", "<ours.test!there.test!v@ours.test>", "<\"there.test!v\"@ours.test>",
        "<v@there.test@ours.test>", "<\"v@there.test\"@ours.test>", "<\"v@there.test\">", "<v\\@there.test@ours.test>", "<\"v\\@there.test\"@ours.test>",
        "<v@there.test(@ours.test)>", "<v(@ours.test)@there.test>", "<v@ours.test@there.test>", "<v@ours.test,v@there.test>", "<v@there.test>,<v@ours.test>",
        "<v@ours.test> <v@there.test>", "<v@ours.test there.test>", "<v @there.test>", "<v@ there.test>", "< v@there.test >", "v@there.test", "<<v@there.test>>",
        "<v@ours.test.there.test>", "<v@oursXtest>", "<v@xours.test>", "<v@sub.ours.test>", "<v@ours.test\0.there.test>", "<v@there.test\0@ours.test>",
        "<v\r@there.test>", "<v\n@there.test>", "<v@ours.test\n@there.test>", "<v@ours.test\r>", "<\"v\n\"@there.test>", "<v@o\u00fcrs.test>",
        "<v@\u043eurs.test>", "<v@xn--urs-8cd.test>", "<v@ours\u3002test>", "<v@ours\uff0etest>", "<v@\uff4furs.test>x", "<v@ours.test\u00ad.there.test>", "<v;there.test@there.test>",
    ];

    [Fact]
    public async Task Nothing_of_an_outsider_leaves_for_others()
    {
        await using var sink = new RecordingSink();
        // all of loopback is outside
        await using var mta = await MtaProcess.Start(
            $"relay {{ trusted-networks = [\"192.0.2.1\"], domains = [\"ours.test\"], routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ] }}");
        int accepted = 0;
        foreach (string form in Forms)
        {
            using var client = await WireClient.Connect(mta.SmtpPort);
            Assert.StartsWith("250", await client.Command("MAIL FROM:<a@src.test>"), StringComparison.Ordinal);
            string reply = await client.Command($"RCPT TO:{form}");
            if (!reply.StartsWith("250", StringComparison.Ordinal))
            {
                Assert.True(reply[0] == '5', $"{form}: {reply}");
                continue;
            }
            // what is taken must be for us, to the letter: it goes to ours.test and to nobody else
            accepted++;
            if ((await client.Command("DATA"))[0] == '3') await client.Command($"Subject: {accepted}\r\n\r\nx\r\n.");
        }
        await mta.Drained();
        Assert.All(sink.Recipients, recipient => Assert.EndsWith("@ours.test", recipient, StringComparison.OrdinalIgnoreCase));
        Assert.All(sink.Recipients, recipient => Assert.DoesNotContain("there.test", recipient, StringComparison.OrdinalIgnoreCase));
        Assert.True(Forms.Length >= 40);
        // and the honest form does work
        using var honest = await WireClient.Connect(mta.SmtpPort);
        await honest.SendData("a@src.test", ["u@ours.test"], Encoding.ASCII.GetBytes("Subject: honest\r\n\r\nx\r\n"));
        await Wait.For(() => sink.Messages.Any(m => m.Text.Contains("honest", StringComparison.Ordinal)), TimeSpan.FromSeconds(20), () => mta.Output);
    }
}
