using System.Globalization;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>The mail programs that people use hand in mail, with each way to sign in that they know, over STARTTLS and under TLS.</summary>
public sealed class SubmissionTests
{
    private const string Message = $"From: Tim <{BenchAccounts.Name}>\nTo: bob@dst.test\nBcc: secret@dst.test\nSubject: submitted\n\nhello\n";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task Arrived(SubmissionNode node)
    {
        await node.Sink.Received(1);
        var message = node.Sink.Messages.First();
        Assert.Equal(BenchAccounts.Name, message.From);
        Assert.Contains(" with ESMTPSA (TLS", message.Text, StringComparison.Ordinal);
        foreach (string field in (string[])["Date: ", "Message-ID: "]) Assert.Contains("\r\n" + field, message.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secret", message.Text, StringComparison.Ordinal);
    }

    private static void Succeeded(CommandResult result) => Assert.True(result.ExitCode == 0, result.Output + result.Error);

    [Theory]
    [InlineData("PLAIN", false)]
    [InlineData("PLAIN", true)]
    [InlineData("LOGIN", false)]
    [InlineData("LOGIN", true)]
    public async Task Swaks(string mechanism, bool isImplicit)
    {
        string swaks = Command.Need("swaks", "swaks");
        await using var node = await SubmissionNode.Start();
        Succeeded(await Command.Run(swaks,
            ["--server", "127.0.0.1", "--port", Text(node.Port(isImplicit)), isImplicit ? "--tls-on-connect" : "--tls", "--auth", mechanism, "--auth-user", BenchAccounts.Name,
                "--auth-password", BenchAccounts.Password, "--from", BenchAccounts.Name, "--to", "bob@dst.test", "--data", Message]));
        await Arrived(node);
    }

    [Fact]
    public async Task Swaks_with_a_wrong_password_or_a_wrong_sender()
    {
        string swaks = Command.Need("swaks", "swaks");
        await using var node = await SubmissionNode.Start();
        string[] common = ["--server", "127.0.0.1", "--port", Text(node.Submission), "--tls", "--to", "bob@dst.test", "--data", Message, "--auth-user", BenchAccounts.Name];
        var wrong = await Command.Run(swaks, [.. common, "--from", BenchAccounts.Name, "--auth", "PLAIN", "--auth-password", "guess"]);
        Assert.Contains("<~* 535 5.7.8", wrong.Output, StringComparison.Ordinal);
        var other = await Command.Run(swaks, [.. common, "--from", "other@src.test", "--auth", "PLAIN", "--auth-password", BenchAccounts.Password]);
        Assert.Contains("<~* 550 5.7.1", other.Output, StringComparison.Ordinal);
        Assert.Empty(node.Sink.Messages);
    }

    [Theory]
    [InlineData("plain", false)]
    [InlineData("login", true)]
    [InlineData("scram-sha-256", false)]
    [InlineData("scram-sha-256", true)]
    [InlineData("oauthbearer", false)]
    [InlineData("xoauth2", true)]
    public async Task Msmtp(string mechanism, bool isImplicit)
    {
        string msmtp = Command.Need("msmtp", "msmtp");
        await using var node = await SubmissionNode.Start();
        string secret = mechanism.Contains("oauth", StringComparison.Ordinal) ? node.Accounts.Token() : BenchAccounts.Password;
        var result = await Command.Run(msmtp,
            ["--file=/dev/null", "--host=127.0.0.1", $"--port={node.Port(isImplicit)}", "--tls=on", $"--tls-starttls={(isImplicit ? "off" : "on")}", "--tls-certcheck=off",
                $"--auth={mechanism}", $"--user={BenchAccounts.Name}", $"--passwordeval=echo '{secret}'", $"--from={BenchAccounts.Name}", "bob@dst.test"], input: Message);
        if (result.Error.Contains("not supported", StringComparison.Ordinal) || result.Error.Contains("not available", StringComparison.Ordinal))
            Assert.Skip($"this msmtp does not know {mechanism}: {result.Error.Trim()}");
        Succeeded(result);
        await Arrived(node);
    }

    [Theory]
    [InlineData("PLAIN", false)]
    [InlineData("LOGIN", true)]
    public async Task Curl(string mechanism, bool isImplicit)
    {
        await using var node = await SubmissionNode.Start();
        await RunCurl(node, isImplicit, "--user", $"{BenchAccounts.Name}:{BenchAccounts.Password}", "--login-options", "AUTH=" + mechanism);
        await Arrived(node);
    }

    [Theory]
    [InlineData("XOAUTH2", false)]
    [InlineData("XOAUTH2", true)]
    [InlineData("OAUTHBEARER", false)]
    [InlineData("OAUTHBEARER", true)]
    public async Task Curl_with_a_token(string mechanism, bool isImplicit)
    {
        await using var node = await SubmissionNode.Start();
        await RunCurl(node, isImplicit, "--user", BenchAccounts.Name, "--oauth2-bearer", node.Accounts.Token(), "--login-options", "AUTH=" + mechanism);
        await Arrived(node);
    }

    private static async Task RunCurl(SubmissionNode node, bool isImplicit, params string[] arguments) => Succeeded(await Command.Run(Command.Need("curl", "curl"),
        ["--silent", "--show-error", "--insecure", "--ssl-reqd", isImplicit ? $"smtps://127.0.0.1:{node.Submissions}" : $"smtp://127.0.0.1:{node.Submission}",
            "--mail-from", BenchAccounts.Name, "--mail-rcpt", "bob@dst.test", "--upload-file", "-", .. arguments], input: Message.ReplaceLineEndings("\r\n")));

    [Theory]
    [InlineData("PLAIN", false)]
    [InlineData("PLAIN", true)]
    [InlineData("LOGIN", false)]
    [InlineData("LOGIN", true)]
    public async Task Python(string mechanism, bool isImplicit)
    {
        string python = Command.Need("python3", "python3");
        await using var node = await SubmissionNode.Start();
        string connect = isImplicit
            ? $"s = smtplib.SMTP_SSL('127.0.0.1', {node.Submissions}, context=c)"
            : $"s = smtplib.SMTP('127.0.0.1', {node.Submission}); s.starttls(context=c)";
        string script = $"""
            import smtplib, ssl, sys
            c = ssl._create_unverified_context()
            {connect}
            s.ehlo()
            s.user, s.password = '{BenchAccounts.Name}', '{BenchAccounts.Password}'
            s.auth('{mechanism}', s.auth_{mechanism.ToLowerInvariant()})
            s.sendmail('{BenchAccounts.Name}', ['bob@dst.test'], sys.stdin.read())
            s.quit()
            """;
        Succeeded(await Command.Run(python, ["-c", script], input: Message));
        await Arrived(node);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-256-PLUS")]
    [InlineData("OAUTHBEARER")]
    [InlineData("XOAUTH2")]
    public async Task MailKit_knows_them_all(string name)
    {
        await using var node = await SubmissionNode.Start();
        foreach (bool isImplicit in (bool[])[false, true])
        {
            SaslMechanism mechanism = name switch
            {
                "PLAIN" => new SaslMechanismPlain(BenchAccounts.Name, BenchAccounts.Password),
                "LOGIN" => new SaslMechanismLogin(BenchAccounts.Name, BenchAccounts.Password),
                "SCRAM-SHA-256" => new SaslMechanismScramSha256(BenchAccounts.Name, BenchAccounts.Password),
                "SCRAM-SHA-256-PLUS" => new SaslMechanismScramSha256Plus(BenchAccounts.Name, BenchAccounts.Password),
                "OAUTHBEARER" => new SaslMechanismOAuthBearer(BenchAccounts.Name, node.Accounts.Token()),
                _ => new SaslMechanismOAuth2(BenchAccounts.Name, node.Accounts.Token()),
            };
            var cancel = TestContext.Current.CancellationToken;
            using var client = new SmtpClient { ServerCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == node.Certificate.Fingerprint };
            await client.ConnectAsync("127.0.0.1", node.Port(isImplicit), isImplicit ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls, cancel);
            Assert.Contains(name, client.AuthenticationMechanisms);
            await client.AuthenticateAsync(mechanism, cancel);
            using var message = new MimeMessage { Subject = "submitted", Body = new TextPart("plain") { Text = "hello\r\n" } };
            message.From.Add(MailboxAddress.Parse(BenchAccounts.Name));
            message.To.Add(MailboxAddress.Parse("bob@dst.test"));
            await client.SendAsync(message, cancel);
            await client.DisconnectAsync(true, cancel);
        }
        await node.Sink.Received(2);
        Assert.All(node.Sink.Messages, m => Assert.Contains(" with ESMTPSA (TLS", m.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task MailKit_notices_a_server_that_does_not_know_its_password()
    {
        await using var node = await SubmissionNode.Start();
        var cancel = TestContext.Current.CancellationToken;
        using var client = new SmtpClient { ServerCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == node.Certificate.Fingerprint };
        await client.ConnectAsync("127.0.0.1", node.Submissions, SecureSocketOptions.SslOnConnect, cancel);
        await Assert.ThrowsAsync<AuthenticationException>(() => client.AuthenticateAsync(new SaslMechanismScramSha256Plus(BenchAccounts.Name, "guess"), cancel));
        Assert.False(client.IsAuthenticated);
    }
}
