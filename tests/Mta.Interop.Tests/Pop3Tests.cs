using System.Globalization;
using MailKit.Net.Pop3;
using MailKit.Security;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>The mail programs that people use fetch their mail: they see what there is, get it octet by octet, leave it, and remove it.</summary>
public sealed class Pop3Tests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static CommandResult Succeeded(CommandResult result)
    {
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        return result;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Curl(bool isImplicit)
    {
        string curl = Command.Need("curl", "curl"), folder = Directory.CreateTempSubdirectory("mta-pop3-").FullName;
        await using var node = await Pop3Node.Start();
        string url = $"{(isImplicit ? "pop3s" : "pop3")}://127.0.0.1:{node.PortOf(isImplicit)}/";
        string[] common = ["--silent", "--show-error", "--insecure", "--ssl-reqd", "--user", $"{BenchAccounts.Name}:{BenchAccounts.Password}"];
        async Task<string> Run(params string[] arguments) => Succeeded(await Command.Run(curl, [.. common, .. arguments])).Output;

        string uids = await Run("--request", "UIDL", url);
        Assert.Equal(Pop3Node.Samples.Select((s, i) => $"{i + 1} {s.Length}"), (await Run(url)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        for (int i = 0; i < Pop3Node.Samples.Length; i++)
        {
            string file = Path.Combine(folder, $"{i}");
            await Run("--output", file, $"{url}{i + 1}");
            Assert.Equal(Pop3Node.Samples[i], await File.ReadAllBytesAsync(file, Cancel));
        }
        // it was left there, under the same names
        Assert.Equal(uids, await Run("--request", "UIDL", url));
        await Run("--head", "--request", "DELE", url + "2");
        string[] before = Lines(uids), after = Lines(await Run("--request", "UIDL", url));
        Assert.Equal([before[0][2..], before[2][2..], before[3][2..]], after.Select(line => line[2..]));
        Directory.Delete(folder, recursive: true);

        static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("OAUTHBEARER")] // which it takes for a token wherever it is offered
    public async Task Curl_signs_in(string mechanism)
    {
        string curl = Command.Need("curl", "curl");
        await using var node = await Pop3Node.Start();
        string[] secret = mechanism.Contains("OAUTH", StringComparison.Ordinal) ? ["--user", BenchAccounts.Name, "--oauth2-bearer", node.Submission.Accounts.Token()] : ["--user", $"{BenchAccounts.Name}:{BenchAccounts.Password}"];
        var result = await Command.Run(curl, ["--silent", "--show-error", "--verbose", "--insecure", "--ssl-reqd", "--login-options", "AUTH=" + mechanism, .. secret, $"pop3://127.0.0.1:{node.Pop3}/"]);
        Succeeded(result);
        Assert.Contains($"> AUTH {mechanism}", result.Error + result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Python(bool isImplicit)
    {
        string python = Command.Need("python3", "python3");
        await using var node = await Pop3Node.Start();
        string connect = isImplicit
            ? $"p = poplib.POP3_SSL('127.0.0.1', {node.Pop3s}, context=c)"
            : $"p = poplib.POP3('127.0.0.1', {node.Pop3}); p.stls(context=c)";
        string script = $"""
            import poplib, ssl, base64
            c = ssl._create_unverified_context()
            def open_session():
                {connect}
                p.utf8()
                p.user('{BenchAccounts.Name}')
                p.pass_('{BenchAccounts.Password}')
                return p
            p = open_session()
            print(*p.stat())
            print(*[l.decode() for l in p.list()[1]], sep=',')
            ids = [l.split()[1] for l in p.uidl()[1]]
            for i in range(len(ids)):
                print(base64.b64encode(b''.join(l + b'\r\n' for l in p.retr(i + 1)[1])).decode())
            print(p.top(1, 2)[1])
            p.dele(1)
            p.dele(3)
            p.rset()
            p.dele(2)
            p.noop()
            try:
                open_session()
            except poplib.error_proto as e:
                print(e)
            p.quit()
            p = open_session()
            print([ids.index(l.split()[1]) for l in p.uidl()[1]])
            p.dele(1)
            p.close()
            p = open_session()
            print([ids.index(l.split()[1]) for l in p.uidl()[1]])
            p.quit()
            """;
        string[] lines = Succeeded(await Command.Run(python, ["-c", script])).Output.Split('\n');
        int total = Pop3Node.Samples.Sum(s => s.Length);
        Assert.Equal($"{Pop3Node.Samples.Length} {total}", lines[0]);
        Assert.Equal(string.Join(',', Pop3Node.Samples.Select((s, i) => $"{i + 1} {s.Length}")), lines[1]);
        for (int i = 0; i < Pop3Node.Samples.Length; i++) Assert.Equal(Pop3Node.Samples[i], Convert.FromBase64String(lines[2 + i]));
        string[] rest = lines[(2 + Pop3Node.Samples.Length)..];
        Assert.Equal("[b'From: a@src.test', b'Subject: plain', b'', b'.', b'..']", rest[0]);
        Assert.Contains("[IN-USE]", rest[1], StringComparison.Ordinal);
        // 2 was removed; what was marked when the connection broke is there
        Assert.Equal(["[0, 2, 3]", "[0, 2, 3]"], rest[2..4]);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-256-PLUS")]
    [InlineData("OAUTHBEARER")]
    [InlineData("XOAUTH2")]
    [InlineData("USER")]
    public async Task MailKit_signs_in_and_fetches(string name)
    {
        await using var node = await Pop3Node.Start("""pop3.mechanisms = [ "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "OAUTHBEARER", "XOAUTH2", "PLAIN" ]""");
        foreach (bool isImplicit in (bool[])[false, true])
        {
            using var client = await Connect(node, isImplicit);
            SaslMechanism? mechanism = name switch
            {
                "PLAIN" => new SaslMechanismPlain(BenchAccounts.Name, BenchAccounts.Password),
                "SCRAM-SHA-256" => new SaslMechanismScramSha256(BenchAccounts.Name, BenchAccounts.Password),
                "SCRAM-SHA-256-PLUS" => new SaslMechanismScramSha256Plus(BenchAccounts.Name, BenchAccounts.Password),
                "OAUTHBEARER" => new SaslMechanismOAuthBearer(BenchAccounts.Name, node.Submission.Accounts.Token()),
                "XOAUTH2" => new SaslMechanismOAuth2(BenchAccounts.Name, node.Submission.Accounts.Token()),
                _ => null,
            };
            Assert.True(client.Capabilities.HasFlag(
                Pop3Capabilities.User | Pop3Capabilities.Sasl | Pop3Capabilities.Top | Pop3Capabilities.UIDL | Pop3Capabilities.Pipelining | Pop3Capabilities.ResponseCodes
                | Pop3Capabilities.UTF8 | Pop3Capabilities.UTF8User | Pop3Capabilities.Lang | Pop3Capabilities.Expire), client.Capabilities.ToString());
            Assert.Equal(-1, client.ExpirePolicy); // NEVER
            if (mechanism is not null)
            {
                Assert.Contains(name, client.AuthenticationMechanisms);
                await client.AuthenticateAsync(mechanism, Cancel);
            }
            else
            {
                client.AuthenticationMechanisms.Clear();
                await client.AuthenticateAsync(BenchAccounts.Name, BenchAccounts.Password, Cancel);
            }
            Assert.Equal(Pop3Node.Samples.Length, client.Count);
            Assert.Equal("Mta", client.Implementation);
            Assert.Equal(Pop3Node.Samples.Select(s => s.Length), await client.GetMessageSizesAsync(Cancel));
            // one pipelined group
            var streams = await client.GetStreamsAsync(0, client.Count, headersOnly: false, Cancel);
            Assert.Equal(Pop3Node.Samples, streams.Select(Octets));
            var languages = await client.GetLanguagesAsync(Cancel);
            Assert.Equal("en", Assert.Single(languages).Language);
            await client.DisconnectAsync(true, Cancel);
        }
    }

    [Fact]
    public async Task MailKit_removes_and_keeps_and_no_number_ever_means_another_message()
    {
        await using var node = await Pop3Node.Start();
        IList<string> uids;
        using (var client = await SignedIn(node))
        {
            uids = await client.GetMessageUidsAsync(Cancel);
            await client.DeleteMessageAsync(0, Cancel);
            // others remove and add meanwhile
            await node.Expunge(2);
            await node.Add("Subject: late\r\n\r\nlate\r\n"u8.ToArray());
            await Assert.ThrowsAsync<Pop3CommandException>(() => client.GetStreamAsync(1, headersOnly: false, Cancel));
            Assert.Equal(Pop3Node.Samples[2], Octets(await client.GetStreamAsync(2, headersOnly: false, Cancel)));
            Assert.Equal(Pop3Node.Samples.Length, await client.GetMessageCountAsync(Cancel) + 1);
            // what is gone already can be marked like any other
            await client.DeleteMessageAsync(1, Cancel);
            await client.DisconnectAsync(true, Cancel);
        }
        using (var client = await SignedIn(node))
        {
            var rest = await client.GetMessageUidsAsync(Cancel);
            Assert.Equal(uids.Skip(2), rest.Take(2));
            Assert.Equal(3, rest.Count);
            Assert.DoesNotContain(rest[2], uids);
            await client.DeleteAllMessagesAsync(Cancel);
            // no QUIT
            await client.DisconnectAsync(false, Cancel);
        }
        using (var client = await SignedIn(node))
        {
            Assert.Equal(3, client.Count);
            await client.DeleteAllMessagesAsync(Cancel);
            await client.DisconnectAsync(true, Cancel);
        }
        using (var client = await SignedIn(node)) Assert.Equal(0, client.Count);
    }

    [Fact]
    public async Task MailKit_is_told_of_a_wrong_password()
    {
        await using var node = await Pop3Node.Start();
        using var client = await Connect(node, isImplicit: true);
        await Assert.ThrowsAsync<AuthenticationException>(() => client.AuthenticateAsync(new SaslMechanismPlain(BenchAccounts.Name, "guess"), Cancel));
        Assert.False(client.IsAuthenticated);
    }

    [Fact]
    public async Task What_was_submitted_can_be_fetched()
    {
        await using var node = await Pop3Node.Start();
        using (var client = await SignedIn(node))
        {
            await client.DeleteAllMessagesAsync(Cancel);
            await client.DisconnectAsync(true, Cancel);
        }
        using (var smtp = new MailKit.Net.Smtp.SmtpClient { ServerCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == node.Submission.Certificate.Fingerprint })
        {
            await smtp.ConnectAsync("127.0.0.1", node.Submission.Submissions, SecureSocketOptions.SslOnConnect, Cancel);
            await smtp.AuthenticateAsync(BenchAccounts.Name, BenchAccounts.Password, Cancel);
            using var message = new MimeKit.MimeMessage { Subject = "to myself", Body = new MimeKit.TextPart("plain") { Text = ".\r\nhello\r\n" } };
            message.From.Add(MimeKit.MailboxAddress.Parse(BenchAccounts.Name));
            message.To.Add(MimeKit.MailboxAddress.Parse(BenchAccounts.Name));
            await smtp.SendAsync(message, Cancel);
            await smtp.DisconnectAsync(true, Cancel);
        }
        await Wait.For(async () =>
        {
            using var client = await SignedIn(node);
            if (client.Count == 0) return false;
            using var arrived = await client.GetMessageAsync(0, Cancel);
            Assert.Equal("to myself", arrived.Subject);
            Assert.Equal(".\r\nhello\r\n", arrived.TextBody?.ReplaceLineEndings("\r\n"));
            return true;
        }, TimeSpan.FromSeconds(30), () => "the message did not arrive");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fetchmail_leaves_and_then_takes_all(bool isImplicit)
    {
        string fetchmail = Command.Need("fetchmail", "fetchmail"), folder = Directory.CreateTempSubdirectory("mta-fetchmail-").FullName;
        await using var node = await Pop3Node.Start();
        Assert.Equal(4, await Fetch("keep"));
        // it knows them by their unique ids
        Assert.Equal(0, await Fetch("keep"));
        await node.Add("From: a@src.test\r\nSubject: new\r\n\r\nnew\r\n"u8.ToArray());
        Assert.Equal(1, await Fetch("keep"));
        Assert.Equal(5, await Fetch("nokeep fetchall"));
        using var client = await SignedIn(node);
        Assert.Equal(0, client.Count);
        Directory.Delete(folder, recursive: true);

        // how many messages came, each of which holds what was there
        async Task<int> Fetch(string options)
        {
            string rc = Path.Combine(folder, "rc"), mail = Path.Combine(folder, "mail");
            Directory.CreateDirectory(mail);
            foreach (string old in Directory.GetFiles(mail)) File.Delete(old);
            await File.WriteAllTextAsync(rc, $"""
                poll bench via 127.0.0.1 protocol pop3 service {node.PortOf(isImplicit)} uidl
                user "{BenchAccounts.Name}" password "{BenchAccounts.Password}" {(isImplicit ? "ssl" : "sslproto 'TLS1.2+'")} no sslcertck {options}
                mda "cat > {mail}/$$"
                """, Cancel);
            File.SetUnixFileMode(rc, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var result = await Command.Run(fetchmail, ["--fetchmailrc", rc, "--idfile", Path.Combine(folder, "ids"), "--pidfile", Path.Combine(folder, "pid"), "--nosyslog", "--invisible"], folder);
            Assert.True(result.ExitCode is 0 or 1, result.Output + result.Error); // 1: there was no mail
            string[] fetched = [.. Directory.GetFiles(mail).Select(File.ReadAllText).Select(text => text.ReplaceLineEndings("\r\n"))];
            foreach (string text in fetched)
                Assert.Contains(Pop3Node.Samples.Select(System.Text.Encoding.UTF8.GetString).Append("From: a@src.test\r\nSubject: new\r\n\r\nnew\r\n").Select(Body), body => text.EndsWith(body, StringComparison.Ordinal));
            return fetched.Length;
        }

        static string Body(string message) => message[message.IndexOf("\r\n\r\n", StringComparison.Ordinal)..];
    }

    private static async Task<Pop3Client> Connect(Pop3Node node, bool isImplicit)
    {
        var client = new Pop3Client { ServerCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == node.Submission.Certificate.Fingerprint };
        await client.ConnectAsync("127.0.0.1", int.Parse(node.PortOf(isImplicit), CultureInfo.InvariantCulture), isImplicit ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls, Cancel);
        return client;
    }

    private static async Task<Pop3Client> SignedIn(Pop3Node node)
    {
        var client = await Connect(node, isImplicit: true);
        await client.AuthenticateAsync(BenchAccounts.Name, BenchAccounts.Password, Cancel);
        return client;
    }

    private static byte[] Octets(Stream stream)
    {
        using var octets = new MemoryStream();
        stream.CopyTo(octets);
        stream.Dispose();
        return octets.ToArray();
    }
}
