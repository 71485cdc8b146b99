using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;
using static Mta.Protocol.Tests.SmtpClient.SmtpDialogue;

namespace Mta.Protocol.Tests.SmtpClient;

/// <summary>The client's side of LMTP (RFC 2033).</summary>
public class LmtpClientTests
{
    private static readonly SmtpClientOptions Lmtp = Plain with { Lmtp = true };

    private static SmtpDialogue Ready(int piece, params string[] capabilities)
    {
        var dialogue = new SmtpDialogue(Lmtp, piece);
        Assert.Equal("LHLO client.example|", dialogue.Server("220 mx.example LMTP"));
        dialogue.Server([.. capabilities.Select(c => "250-" + c), "250 8BITMIME"]);
        Assert.Equal(SmtpClientStep.Ready, dialogue.Step);
        return dialogue;
    }

    private static IEnumerable<string> Replies(OutgoingTransaction transaction) => transaction.Recipients.Select(r => r.Reply!.ToString());

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Each_accepted_recipient_has_a_reply_of_its_own(int piece)
    {
        var dialogue = Ready(piece, "mx.example", "PIPELINING");
        var transaction = Transaction("a@b.example", "no@b.example", "c@b.example", "d@b.example");
        dialogue.Begin(transaction);
        Assert.Equal("Subject: x||..hi|.|", dialogue.Server("250 ok", "250 ok", "550 5.1.1 who?", "250 ok", "250 ok", "354 go"));
        dialogue.Server("250 2.0.0 a has it", "452 4.2.2 c is full");
        Assert.Equal((SmtpClientStep.Read, SmtpStage.Final), (dialogue.Step, dialogue.Session.Stage));
        dialogue.Server("250-2.0.0 d has", "250 2.0.0 it");
        Assert.Equal(SmtpClientStep.Ready, dialogue.Step);
        Assert.Equal(["250 2.0.0 a has it", "550 5.1.1 who?", "452 4.2.2 c is full", "250 2.0.0 d has it"], Replies(transaction).Select(r => r.Replace("2.0.0 it", "it", StringComparison.Ordinal)));
        Assert.StartsWith("MAIL ", dialogue.Begin(Transaction("a@b.example")), StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_accepted_means_no_data()
    {
        var dialogue = Ready(1000, "mx.example", "PIPELINING");
        var transaction = Transaction("a@b.example", "c@b.example");
        dialogue.Begin(transaction);
        Assert.Equal("", dialogue.Server("250 ok", "550 5.1.1 who?", "550 5.1.1 who?", "503 5.5.1 no recipients"));
        Assert.Equal(SmtpClientStep.Ready, dialogue.Step);
        Assert.All(Replies(transaction), r => Assert.Equal("550 5.1.1 who?", r));
    }

    [Fact]
    public void One_that_wants_a_message_for_nobody_is_left()
    {
        var dialogue = Ready(1000, "mx.example", "PIPELINING");
        dialogue.Begin(Transaction("a@b.example"));
        Assert.Equal("", dialogue.Server("250 ok", "550 5.1.1 who?", "354 go"));
        Assert.Equal(SmtpClientStep.Close, dialogue.Step);
    }

    [Fact]
    public void Chunks_are_answered_for_each_recipient_too()
    {
        var dialogue = Ready(1000, "mx.example", "PIPELINING", "CHUNKING");
        var transaction = Transaction("a@b.example", "c@b.example");
        Assert.Contains("BDAT 19 LAST|", dialogue.Begin(transaction), StringComparison.Ordinal);
        dialogue.Server("250 ok", "250 ok", "250 ok", "452 4.2.2 full", "250 2.0.0 done");
        Assert.Equal(["452 4.2.2 full", "250 2.0.0 done"], Replies(transaction));
        // one was refused: where a server stands after that, RSET makes sure
        Assert.StartsWith("RSET|", dialogue.Begin(Transaction("a@b.example")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_answered_before_the_connection_broke_stays(bool says421)
    {
        var dialogue = Ready(1000, "mx.example", "PIPELINING");
        var transaction = Transaction("a@b.example", "c@b.example");
        dialogue.Begin(transaction);
        dialogue.Server("250 ok", "250 ok", "250 ok", "354 go");
        dialogue.Server("250 2.0.0 done");
        if (says421) dialogue.Server("421 4.3.2 bye");
        else dialogue.Lost();
        Assert.Equal(SmtpClientStep.Close, dialogue.Step);
        Assert.Equal(["250 2.0.0 done", says421 ? "421 4.3.2 bye" : "451 4.4.2 lost"], Replies(transaction));
    }

    [Fact]
    public void A_refused_message_is_refused_for_all()
    {
        var dialogue = Ready(1000, "mx.example", "PIPELINING");
        var transaction = Transaction("a@b.example", "c@b.example");
        dialogue.Begin(transaction);
        dialogue.Server("250 ok", "250 ok", "250 ok", "451 4.3.0 later");
        Assert.Equal(SmtpClientStep.Ready, dialogue.Step);
        Assert.All(Replies(transaction), r => Assert.Equal("451 4.3.0 later", r));
    }

    [Fact]
    public void There_is_no_older_word_than_LHLO()
    {
        var dialogue = new SmtpDialogue(Lmtp);
        dialogue.Server("220 mx.example ESMTP");
        Assert.Equal("", dialogue.Server("500 what?"));
        Assert.Equal(SmtpClientStep.Close, dialogue.Step);
    }
}
