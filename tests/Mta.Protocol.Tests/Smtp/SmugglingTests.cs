using Mta.Protocol.Smtp.Server;
using Mta.Testing;

namespace Mta.Protocol.Tests.Smtp;

/// <summary>
/// What looks like the end of a message to some other server must be none to us, nor leave us so that the next server could take it for one
/// (RFC 5321 §2.3.8 and §4.1.1.4; "SMTP smuggling").
/// </summary>
public class SmugglingTests
{
    private const string Smuggled = "MAIL FROM:<attacker@client.example>\r\nRCPT TO:<victim@here.example>\r\nDATA\r\nsmuggled\r\n";

    /// <summary>A false end of data, and what it stands for once CR and LF that stand alone are made CRLF.</summary>
    public static TheoryData<string, string> FalseEnds => new()
    {
        { "\n.\n", "\r\n.\r\n" },
        { "\n.\r\n", "\r\n.\r\n" },
        { "\r.\r", "\r\n.\r\n" },
        { "\r.\r\n", "\r\n.\r\n" },
        { "\n.\r", "\r\n.\r\n" },
        { "\r.\n", "\r\n.\r\n" },
        // the dot is at the start of a true line, so it is a stuffed one
        { "\r\n.\n", "\r\n\r\n" },
        { "\r\n.\r", "\r\n\r\n" },
        { "\r\n.\r\r\n", "\r\n\r\n\r\n" },
        { "\r\n.\n\r\n", "\r\n\r\n\r\n" },
        { "\r\n\n.\r\n", "\r\n\r\n.\r\n" },
        { "\r\n\r.\r\n", "\r\n\r\n.\r\n" },
        { "\r\n.\0\r\n", "\r\n\0\r\n" },
    };

    [Theory, MemberData(nameof(FalseEnds))]
    public async Task Is_refused_and_nothing_behind_it_is_run(string end, string normalized)
    {
        string input = "body" + end + Smuggled + ".\r\nNOOP\r\n";
        string reply = normalized.Contains('\0', StringComparison.Ordinal) ? "550 5.6.0 *NUL*" : "550 5.6.0 *CR or LF*";
        await PlayAsync("", input, [new TranscriptStep.ExpectLine(reply), new TranscriptStep.ExpectLine("250 2.0.0 ok")]);
    }

    [Theory, MemberData(nameof(FalseEnds))]
    public async Task Is_normalized_to_text(string end, string normalized) => await PlayAsync("! normalize\n! allow-nul\n", "body" + end + Smuggled + ".\r\n",
    [
        new TranscriptStep.ExpectLine("250 2.0.0 queued as *"),
        new TranscriptStep.ExpectStored("a@client.example", ["b@here.example"], "body" + normalized + Smuggled),
    ]);

    [Fact]
    public async Task A_CR_before_the_true_end_does_not_hide_it() => await PlayAsync("! normalize\n", "body\r\r\n.\r\nQUIT\r\n",
    [
        new TranscriptStep.ExpectLine("250 2.0.0 queued as *"),
        new TranscriptStep.ExpectStored("a@client.example", ["b@here.example"], "body\r\n\r\n"),
        new TranscriptStep.ExpectLine("221 *"),
        new TranscriptStep.ExpectClose(),
    ]);

    private static async Task PlayAsync(string options, string content, TranscriptStep[] expected)
    {
        var script = Transcript.Parse("smuggling",
            options + "S: 220 *\nC: EHLO c\nS+ 250\nC: MAIL FROM:<a@client.example>\nC: RCPT TO:<b@here.example>\nC: DATA\nS: 250 *\nS: 250 *\nS: 354 *");
        script = script with { Steps = [.. script.Steps, new TranscriptStep.Send(System.Text.Encoding.Latin1.GetBytes(content)), .. expected] };
        int[] everywhere = [.. Enumerable.Range(1, script.Length)];
        await TranscriptRunner.RunAsync(script, new SessionPeer(script), []);
        await TranscriptRunner.RunAsync(script, new SessionPeer(script), everywhere);
        foreach (int cut in everywhere) await TranscriptRunner.RunAsync(script, new SessionPeer(script), [cut]);
    }
}
