using Mta.Protocol.Sasl;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;
using static Mta.Protocol.Tests.SmtpClient.SmtpDialogue;

namespace Mta.Protocol.Tests.SmtpClient;

public class SmtpClientSessionTests
{
    public static TheoryData<int> Pieces => [1, 2, 3, 5, 7, 11, 1000];

    [Theory, MemberData(nameof(Pieces))]
    public void Says_everything_at_once_to_a_server_that_pipelines(int piece)
    {
        var dialogue = new SmtpDialogue(piece: piece).Ready("PIPELINING", "8BITMIME");
        var transaction = Transaction("a@b.example", "c@b.example");
        Assert.Equal("MAIL FROM:<from@a.example>|RCPT TO:<a@b.example>|RCPT TO:<c@b.example>|DATA|", dialogue.Begin(transaction));
        Assert.Equal("Subject: x||..hi|.|", dialogue.Server("250 ok", "250 ok", "550 5.1.1 who?", "354 go"));
        Assert.Equal("", dialogue.Server("250 2.0.0 queued"));
        Assert.Equal(SmtpClientStep.Ready, dialogue.Step);
        Assert.Equal(["250 2.0.0 queued", "550 5.1.1 who?"], Replies(transaction));
        Assert.Equal([SmtpStage.Final, SmtpStage.Rcpt], transaction.Recipients.Select(r => r.Stage));
        Assert.Equal("QUIT|", dialogue.Quit());
        dialogue.Server("221 bye");
        Assert.Equal(SmtpClientStep.Close, dialogue.Step);
        Assert.Null(dialogue.Session.Failure);
    }

    [Theory, MemberData(nameof(Pieces))]
    public void Goes_step_by_step_with_one_that_does_not(int piece)
    {
        var dialogue = new SmtpDialogue(piece: piece);
        Assert.Equal("EHLO client.example|", dialogue.Server("220 hi"));
        Assert.Equal("HELO client.example|", dialogue.Server("502 what?"));
        dialogue.Server("250 hi");
        var transaction = Transaction("a@b.example", "c@b.example");
        Assert.Equal("MAIL FROM:<from@a.example>|", dialogue.Begin(transaction));
        Assert.Equal("RCPT TO:<a@b.example>|", dialogue.Server("250 ok"));
        Assert.Equal("RCPT TO:<c@b.example>|", dialogue.Server("250 ok"));
        Assert.Equal("DATA|", dialogue.Server("450 later"));
        Assert.Equal("Subject: x||..hi|.|", dialogue.Server("354 go"));
        dialogue.Server("250 done");
        Assert.Equal(["250 done", "450 later"], Replies(transaction));
    }

    [Fact]
    public void Sends_the_body_with_the_commands_to_a_server_that_takes_chunks()
    {
        var dialogue = new SmtpDialogue().Ready("PIPELINING", "CHUNKING", "SIZE 1000");
        var transaction = Transaction("a@b.example");
        Assert.Equal("MAIL FROM:<from@a.example> SIZE=19|RCPT TO:<a@b.example>|BDAT 19 LAST|Subject: x||.hi|", dialogue.Begin(transaction));
        dialogue.Server("250 ok", "250 ok", "250 2.0.0 queued");
        Assert.Equal(["250 2.0.0 queued"], Replies(transaction));
        Assert.Equal(SmtpClientStep.Ready, dialogue.Step);
    }

    [Fact]
    public void After_a_refused_chunk_comes_RSET()
    {
        var dialogue = new SmtpDialogue().Ready("PIPELINING", "CHUNKING");
        var transaction = Transaction("a@b.example");
        dialogue.Begin(transaction);
        dialogue.Server("250 ok", "550 no", "503 no recipients");
        Assert.Equal(["550 no"], Replies(transaction));
        Assert.StartsWith("RSET|MAIL FROM", dialogue.Begin(Transaction("a@b.example")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_binary_body_waits_for_the_recipients_before_its_chunk()
    {
        var dialogue = new SmtpDialogue().Ready("PIPELINING", "CHUNKING", "BINARYMIME");
        var transaction = new OutgoingTransaction
        {
            ReversePath = SmtpPath.Null,
            Recipients = [new(Path("a@b.example"), RcptParameters.None)],
            Parameters = new() { Body = BodyType.BinaryMime },
            Length = 19,
            IsBodyAtHand = false,
        };
        Assert.Equal("MAIL FROM:<> BODY=BINARYMIME|RCPT TO:<a@b.example>|", dialogue.Begin(transaction));
        Assert.Equal("BDAT 19 LAST|Subject: x||.hi|", dialogue.Server("250 ok", "250 ok"));
        dialogue.Server("250 done");
        Assert.Equal(["250 done"], Replies(transaction));
    }

    [Fact]
    public void A_lone_dot_answers_354_when_nobody_was_accepted()
    {
        var dialogue = new SmtpDialogue().Ready("PIPELINING");
        var transaction = Transaction("a@b.example");
        dialogue.Begin(transaction);
        Assert.Equal(".|", dialogue.Server("250 ok", "550 5.1.1 no", "354 go"));
        Assert.Equal("", dialogue.Server("250 an empty message"));
        Assert.Equal(["550 5.1.1 no"], Replies(transaction));
        Assert.Equal(SmtpClientStep.Ready, dialogue.Step);
        Assert.StartsWith("MAIL FROM", dialogue.Begin(Transaction("a@b.example")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_MAIL_answers_for_all_and_what_follows_is_dropped()
    {
        var dialogue = new SmtpDialogue().Ready("PIPELINING");
        var transaction = Transaction("a@b.example", "c@b.example");
        dialogue.Begin(transaction);
        Assert.Equal(".|", dialogue.Server("451 4.3.0 not now", "250 strange", "503 MAIL first", "354 stranger"));
        dialogue.Server("250 nothing");
        Assert.Equal(["451 4.3.0 not now", "451 4.3.0 not now"], Replies(transaction));
        Assert.Equal(SmtpClientStep.Ready, dialogue.Step);
    }

    [Fact]
    public void A_refused_DATA_answers_for_those_that_were_accepted()
    {
        var dialogue = new SmtpDialogue().Ready("PIPELINING");
        var transaction = Transaction("a@b.example", "c@b.example");
        dialogue.Begin(transaction);
        Assert.Equal("", dialogue.Server("250 ok", "550 no", "250 ok", "452 4.3.1 full"));
        Assert.Equal(["550 no", "452 4.3.1 full"], Replies(transaction));
        Assert.StartsWith("RSET|MAIL FROM", dialogue.Begin(Transaction("a@b.example")), StringComparison.Ordinal);
    }

    [Fact]
    public void After_RSET_without_pipelining_MAIL_waits()
    {
        var dialogue = new SmtpDialogue().Ready();
        dialogue.Begin(Transaction("a@b.example"));
        dialogue.Server("250 ok");
        dialogue.Server("550 no");
        Assert.Equal("RSET|", dialogue.Begin(Transaction("a@b.example")));
        Assert.Equal("MAIL FROM:<from@a.example>|", dialogue.Server("250 ok"));
    }

    [Theory, MemberData(nameof(Pieces))]
    public void Secures_the_session_and_asks_again_what_the_server_can(int piece)
    {
        var dialogue = new SmtpDialogue(Plain with { Tls = StartTlsUse.Always, Credentials = new("user", "secret") }, piece);
        dialogue.Server("220 hi");
        Assert.Equal("STARTTLS|", dialogue.Server("250-hi", "250-CHUNKING", "250 STARTTLS"));
        Assert.Equal("", dialogue.Server("220 go"));
        Assert.Equal(SmtpClientStep.StartTls, dialogue.Step);
        Assert.Equal("EHLO client.example|", dialogue.TlsEstablished());
        Assert.False(dialogue.Session.Capabilities.Chunking);
        Assert.Equal("AUTH PLAIN AHVzZXIAc2VjcmV0|", dialogue.Server("250-hi", "250-STARTTLS", "250 AUTH LOGIN PLAIN"));
        dialogue.Server("235 2.7.0 welcome");
        Assert.Equal(SmtpClientStep.Ready, dialogue.Step);
        Assert.Equal("MAIL FROM:<from@a.example> AUTH=<>|", dialogue.Begin(Transaction("a@b.example")));
    }

    [Fact]
    public void Answers_the_prompts_of_LOGIN()
    {
        var dialogue = new SmtpDialogue(Plain with { Credentials = new("user", "secret") });
        dialogue.Server("220 hi");
        Assert.Equal("AUTH LOGIN|", dialogue.Server("250-hi", "250 AUTH LOGIN"));
        Assert.Equal("dXNlcg==|", dialogue.Server("334 VXNlcm5hbWU6"));
        Assert.Equal("c2VjcmV0|", dialogue.Server("334 UGFzc3dvcmQ6"));
        dialogue.Server("235 welcome");
        Assert.Equal(SmtpClientStep.Ready, dialogue.Step);
    }

    [Fact]
    public void Never_says_a_password_in_the_clear()
    {
        var dialogue = new SmtpDialogue(Plain with { Tls = StartTlsUse.WhenOffered, Credentials = new("user", "secret") });
        dialogue.Server("220 hi");
        Assert.Equal("", dialogue.Server("250-hi", "250 AUTH PLAIN"));
        Assert.Equal(SmtpClientStep.Close, dialogue.Step);
        Assert.True(dialogue.Session.Failure!.IsTransient);
    }

    [Fact]
    public void Refuses_what_is_buffered_behind_the_reply_to_STARTTLS()
    {
        var dialogue = new SmtpDialogue(Plain with { Tls = StartTlsUse.WhenOffered });
        dialogue.Server("220 hi");
        dialogue.Server("250-hi", "250 STARTTLS");
        dialogue.Server("220 go", "250-injected", "250 AUTH PLAIN");
        Assert.Equal(SmtpClientStep.Close, dialogue.Step);
        Assert.Equal("4.7.5", dialogue.Session.Failure!.Enhanced.ToString());
    }

    [Fact]
    public void A_refused_STARTTLS_ends_only_where_TLS_is_a_must()
    {
        var dialogue = new SmtpDialogue(Plain with { Tls = StartTlsUse.WhenOffered });
        dialogue.Server("220 hi");
        dialogue.Server("250-hi", "250 STARTTLS");
        dialogue.Server("454 4.7.0 not today");
        Assert.Equal(SmtpClientStep.Ready, dialogue.Step);

        dialogue = new SmtpDialogue(Plain with { Tls = StartTlsUse.Always });
        dialogue.Server("220 hi");
        dialogue.Server("250-hi", "250 STARTTLS");
        dialogue.Server("454 4.7.0 not today");
        Assert.Equal("454 4.7.0 not today", dialogue.Session.Failure!.ToString());
    }

    [Fact]
    public void A_refusal_in_mid_body_ends_the_session()
    {
        var session = new SmtpClientSession(Plain);
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        session.Receive("220 hi\r\n"u8, output);
        session.Receive("250 hi\r\n"u8, output);
        var transaction = Transaction("a@b.example");
        session.Begin(transaction, output);
        session.Receive("250 ok\r\n"u8, output);
        session.Receive("250 ok\r\n"u8, output);
        Assert.Equal(SmtpClientStep.SendBody, session.Receive("354 go\r\n"u8, output));
        output.Clear();
        Assert.Equal(SmtpClientStep.Close, session.Receive("552 5.3.4 too big\r\n"u8, output));
        Assert.Equal(0, output.WrittenCount);
        Assert.Equal(["552 5.3.4 too big"], Replies(transaction));
        Assert.Equal(SmtpClientStep.Close, session.BodySent(output));
    }

    [Fact]
    public void Says_only_the_parameters_that_the_server_offers()
    {
        var transaction = new OutgoingTransaction
        {
            ReversePath = Path("from@a.example"),
            Recipients = [new(Path("a@b.example"), new(DsnNotify.Success | DsnNotify.Delay, "rfc822;a@b.example")), new(Path("c@b.example"), new(DsnNotify.Never, null))],
            Parameters = new()
            {
                Body = BodyType.EightBitMime,
                SmtpUtf8 = true,
                Return = DsnReturn.Headers,
                EnvelopeId = "QQ+20",
                Priority = -3,
                RequireTls = true,
                DeliverBy = new(120, true, true),
                Auth = "me@a.example",
            },
            Length = 19,
            IsBodyAtHand = true,
        };
        Assert.Equal(
            "MAIL FROM:<from@a.example> SIZE=19 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ+20 MT-PRIORITY=-3 REQUIRETLS BY=120;RT|" +
            "RCPT TO:<a@b.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a@b.example|RCPT TO:<c@b.example> NOTIFY=NEVER|DATA|",
            new SmtpDialogue().Ready("PIPELINING", "size", "8BITMIME", "SMTPUTF8", "DSN", "MT-PRIORITY", "REQUIRETLS", "DELIVERBY").Begin(transaction));
        Assert.Equal("MAIL FROM:<from@a.example>|RCPT TO:<a@b.example>|RCPT TO:<c@b.example>|DATA|", new SmtpDialogue().Ready("PIPELINING").Begin(transaction));
    }

    [Fact]
    public void Reads_the_limits_and_mechanisms_of_the_server()
    {
        var offered = new SmtpDialogue().Ready("SIZE 12345", "LIMITS RCPTMAX=7 MAILMAX=3 X=1", "AUTH plain LOGIN", "BINARYMIME", "X-" + new string('y', 400)).Session.Capabilities;
        Assert.Equal((12345, 7, 3), (offered.MaxSize, offered.MaxRecipients, offered.MaxTransactions));
        Assert.Equal(["PLAIN", "LOGIN"], offered.AuthMechanisms);
        Assert.False(offered.BinaryMime);
    }

    internal static string[] Replies(OutgoingTransaction transaction) => [.. transaction.Recipients.Select(r => r.Reply!.ToString())];
}
