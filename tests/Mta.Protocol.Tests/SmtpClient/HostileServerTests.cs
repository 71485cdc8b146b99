using CsCheck;
using Mta.Protocol.Smtp.Client;
using static Mta.Protocol.Tests.SmtpClient.SmtpDialogue;

namespace Mta.Protocol.Tests.SmtpClient;

/// <summary>Whatever the server says: each recipient has one answer, the session ends or is ready, and it never throws.</summary>
public class HostileServerTests
{
    private static readonly Gen<string> Reply = Gen.OneOf(
        "250 ok", "250 ok", "250 ok", "250 ok", "354 go", "354 go", "221 bye", "220 hi", "235 in", "334 more", "421 4.3.2 going down", "450 later", "452 4.5.3 too many",
        "500 what", "503 order", "550 5.1.1 no", "552 big", "250-multi\r\n250 line", "250-half\r\n550 half", "", "nonsense", "299 odd", "399 odder");

    private static readonly Gen<string[]> Offers =
        Gen.OneOf("PIPELINING", "CHUNKING", "BINARYMIME", "8BITMIME", "SIZE 10", "DSN", "SMTPUTF8", "LIMITS RCPTMAX=1").Array[0, 5];

    [Fact]
    public void Every_recipient_has_exactly_one_answer_whatever_the_server_says() =>
        Gen.Select(Offers, Reply.Array[0, 25], Gen.Int[1, 6], Gen.Int[1, 40]).Sample((offers, replies, recipients, piece) =>
        {
            var dialogue = new SmtpDialogue(piece: piece).Ready(offers);
            string[] names = [.. Enumerable.Range(0, recipients).Select(i => $"r{i}@b.example")];
            var transaction = Transaction(names);
            dialogue.Begin(transaction);
            foreach (string reply in replies)
            {
                if (dialogue.Step == SmtpClientStep.Close) break;
                if (dialogue.Step == SmtpClientStep.Ready)
                {
                    Assert.All(transaction.Recipients, r => Assert.NotNull(r.Reply));
                    dialogue.Begin(transaction = Transaction(names));
                }
                dialogue.Receive(reply + "\r\n");
            }
            if (dialogue.Step != SmtpClientStep.Ready) dialogue.Lost();
            Assert.All(transaction.Recipients, r => Assert.NotNull(r.Reply));
            // only a reply to the message itself delivers
            Assert.All(transaction.Recipients, r => Assert.True(!r.Reply!.IsPositive || r.Stage == SmtpStage.Final));
            Assert.All(transaction.Recipients, r => Assert.False(r.Reply!.IsIntermediate));
        }, iter: 5_000);

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void Going_down_or_breaking_at_any_stage_defers(int stage)
    {
        string[] script = ["220 hi", "250-hi\r\n250 PIPELINING", "250 ok", "250 ok", "354 go", "250 queued"];
        foreach (bool says421 in (bool[])[true, false])
        {
            var dialogue = new SmtpDialogue();
            var transaction = Transaction("a@b.example");
            for (int i = 0; i < stage; i++)
            {
                dialogue.Server(script[i]);
                if (i == 1) dialogue.Begin(transaction);
            }
            if (says421) dialogue.Server("421 4.3.2 going down");
            else dialogue.Lost();
            Assert.Equal(SmtpClientStep.Close, dialogue.Step);
            Assert.True(dialogue.Session.Failure!.IsTransient);
            if (stage >= 2) Assert.True(transaction.Recipients[0].Reply!.IsTransient);
            else Assert.Null(transaction.Recipients[0].Reply);
        }
    }

    [Fact]
    public void A_reply_to_EHLO_of_ten_thousand_lines_ends_the_session()
    {
        var dialogue = new SmtpDialogue();
        dialogue.Server("220 hi");
        for (int i = 0; i < 10_000 && dialogue.Step != SmtpClientStep.Close; i++) dialogue.Receive("250-X-FEATURE\r\n");
        Assert.Equal(SmtpClientStep.Close, dialogue.Step);
        Assert.Contains("longer than", dialogue.Session.Failure!.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b@c.example", "<\"a b\"@c.example>")]
    [InlineData("\"a b\"@c.example", "<\"a b\"@c.example>")]
    [InlineData("a\"b@c.example", "<\"a\\\"b\"@c.example>")]
    [InlineData(".a@c.example", "<\".a\"@c.example>")]
    [InlineData("a@[192.0.2.1]", "<a@[192.0.2.1]>")]
    [InlineData("a@bücher.example", "<a@xn--bcher-kva.example>")]
    [InlineData("a>\r\nRCPT TO:<b@c.example", null)]
    [InlineData("a@c.example>\r\nDATA", null)]
    [InlineData("a\u0000@c.example", null)]
    [InlineData("a@c example", null)]
    [InlineData("ü@c.example", null)]
    [InlineData("nobody", null)]
    [InlineData("@c.example", null)]
    [InlineData("a@", null)]
    public void No_address_carries_a_second_command(string address, string? wire) =>
        Assert.Equal(wire, SmtpPath.TryCreate(address, allowUtf8: false, out var path) ? path.ToString() : null);

    [Fact]
    public void Any_text_as_an_address_stays_in_its_line() =>
        Gen.String.Sample(text =>
        {
            if (SmtpPath.TryCreate(text + "@c.example", allowUtf8: true, out var path)) Assert.DoesNotContain(path.Text, char.IsControl);
            if (SmtpPath.TryCreate("a@" + text.Replace('@', 'a'), allowUtf8: false, out path)) Assert.DoesNotContain(path.Text, c => char.IsControl(c) || c is ' ' or '>' or '<');
        });
}
