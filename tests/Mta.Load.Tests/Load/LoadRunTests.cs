using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mta.Protocol.Sasl;

namespace Mta.Load.Tests.Load;

public sealed class LoadRunTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(500);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Each_message_arrives_once_with_an_id_of_its_own(bool pipelining, bool bdat)
    {
        await using var server = new LoadServer();
        var result = await Run(new() { Target = server.Target, Count = 500, Sessions = 7, Pipelining = pipelining, Bdat = bdat });

        Assert.Equal((500, 0), (result.Counts.Accepted, result.Counts.Failed));
        var tracers = server.Messages.Select(TracerOf).ToArray();
        Assert.Equal(Enumerable.Range(1, 500).Select(i => (long)i), tracers.Select(t => t.Sequence).Order());
        Assert.All(tracers, t => Assert.Equal(result.Run, t.Run));
        Assert.Equal(500, result.LastSequence);
        Assert.All(server.Messages, m => Assert.Equal(4096, m.Length));
        Assert.Equal(500 * 4096, result.Counts.Octets);
        Assert.Equal(500, server.Commands.Where(c => c.StartsWith("RCPT", StringComparison.Ordinal)).Distinct().Count());
        Assert.Equal(500, result.Latency.Count);
        Assert.Equal(7, server.Connections);
        if (pipelining) Assert.True(server.Pipelined >= 500, $"{server.Pipelined} commands were pipelined");
        else Assert.Equal(0, server.Pipelined);
    }

    [Fact]
    public async Task Commands_are_not_pipelined_where_the_server_does_not_offer_it()
    {
        await using var server = new LoadServer { Offers = [] };
        var result = await Run(new() { Target = server.Target, Count = 20, Sessions = 2 });
        Assert.Equal((20, 0), (result.Counts.Accepted, server.Pipelined));
    }

    [Fact]
    public async Task A_connection_carries_the_commands_in_their_order()
    {
        await using var server = new LoadServer();
        await Run(new() { Target = server.Target, Count = 2, Sessions = 1, Recipients = 2, Domains = DomainSpread.Parse("3"), From = AddressPattern.Parse("s{n}@a.test"), Helo = "me.test" });
        Assert.Equal(
        [
            "EHLO me.test",
            "MAIL FROM:<s1@a.test>", "RCPT TO:<user1@d1.test>", "RCPT TO:<user2@d2.test>", "DATA",
            "MAIL FROM:<s2@a.test>", "RCPT TO:<user3@d3.test>", "RCPT TO:<user4@d1.test>", "DATA",
            "QUIT",
        ], server.Commands);
    }

    [Fact]
    public async Task Refused_recipients_are_counted_and_the_others_get_the_message()
    {
        await using var server = new LoadServer { Answer = c => c.Contains("TO:<user1@", StringComparison.Ordinal) || c.Contains("TO:<user4@", StringComparison.Ordinal) ? "550 5.1.1 unknown" : null };
        var result = await Run(new() { Target = server.Target, Count = 3, Sessions = 1, Recipients = 2 });
        Assert.Equal((3, 0, 4, 2), (result.Counts.Accepted, result.Counts.Failed, result.Counts.RecipientsAccepted, result.Counts.RecipientsRefused));
        Assert.Equal([new ErrorCount(Stage.Rcpt, 550, "550 5.1.1 unknown", 2)], result.Errors);
    }

    [Theory]
    [InlineData("MAIL", Stage.Mail, true)]
    [InlineData("RCPT", Stage.Rcpt, true)]
    [InlineData("DATA", Stage.Data, true)]
    [InlineData(".", Stage.Final, true)]
    [InlineData("RCPT", Stage.Rcpt, false)]
    public async Task A_refused_message_fails_and_the_session_goes_on(string command, Stage stage, bool pipelining)
    {
        int times = 0;
        await using var server = new LoadServer { Answer = c => c.StartsWith(command, StringComparison.Ordinal) && Interlocked.Increment(ref times) % 2 == 1 ? "451 4.3.0 later" : null };
        var result = await Run(new() { Target = server.Target, Count = 10, Sessions = 1, Pipelining = pipelining });
        Assert.Equal((5, 5, 1), (result.Counts.Accepted, result.Counts.Failed, server.Connections));
        Assert.Equal((stage, 451, 5), (result.Errors[0].Stage, result.Errors[0].Code, result.Errors[0].Count));
        Assert.Equal(0.5, result.ErrorRate);
    }

    [Fact]
    public async Task Lmtp_has_a_reply_for_each_recipient()
    {
        await using var server = new LoadServer { Answer = c => c == ". 1" ? "552 5.2.2 full" : null };
        var result = await Run(new() { Target = server.Target, Count = 4, Sessions = 2, Recipients = 3, Lmtp = true });
        Assert.Equal((4, 8, 4), (result.Counts.Accepted, result.Counts.RecipientsAccepted, result.Counts.RecipientsRefused));
        Assert.Equal([new ErrorCount(Stage.Final, 552, "552 5.2.2 full", 4)], result.Errors);
    }

    [Theory]
    [InlineData("MAIL", "close")]
    [InlineData(".", "close")]
    [InlineData("MAIL", "421 4.3.2 go away")]
    public async Task A_lost_connection_costs_its_message_and_is_made_anew(string command, string answer)
    {
        int times = 0;
        await using var server = new LoadServer { Answer = c => c.StartsWith(command, StringComparison.Ordinal) && Interlocked.Increment(ref times) == 3 ? answer : null };
        var result = await Run(new() { Target = server.Target, Count = 10, Sessions = 1 });
        Assert.Equal((9, 1, 2), (result.Counts.Accepted, result.Counts.Failed, server.Connections));
        Assert.Equal(command == "." ? 1 : 0, result.Counts.Unconfirmed);
    }

    [Fact]
    public async Task A_server_that_stalls_does_not_stall_the_run()
    {
        int times = 0;
        await using var server = new LoadServer { Answer = c => c.StartsWith("MAIL", StringComparison.Ordinal) && Interlocked.Increment(ref times) <= 2 ? "stall" : null };
        var result = await Run(new() { Target = server.Target, Count = 6, Sessions = 2, Timeout = Short });
        Assert.Equal((4, 2), (result.Counts.Accepted, result.Counts.Failed));
        Assert.Equal("no answer in time", Assert.Single(result.Errors).Text);
    }

    [Fact]
    public async Task A_server_that_is_gone_ends_the_run()
    {
        LoadServer? running = null;
        int times = 0;
        await using var server = running = new LoadServer
        {
            Answer = c =>
            {
                if (!c.StartsWith("MAIL", StringComparison.Ordinal) || Interlocked.Increment(ref times) < 3) return null;
                running!.Refuse();
                return "close";
            },
        };
        var result = await Run(new() { Target = server.Target, Count = long.MaxValue, Sessions = 1, Timeout = Short });
        Assert.Equal(2, result.Counts.Accepted);
        Assert.Contains(result.Errors, e => e.Text.StartsWith("given up", StringComparison.Ordinal));
        Assert.Contains(result.Errors, e => e.Text == "connection refused");
    }

    [Fact]
    public async Task A_schedule_ends_even_if_the_server_answers_nothing()
    {
        await using var server = new LoadServer { Answer = c => c.StartsWith('M') ? "stall" : null };
        var result = await Run(new() { Target = server.Target, Sessions = 2, Arrivals = ArrivalSchedule.Constant(100, Short), Timeout = Short });
        Assert.Equal((0, 50), (result.Counts.Accepted, result.Counts.Failed));
        Assert.Contains(result.Errors, e => e.Text.StartsWith("not started", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_open_model_sends_what_is_scheduled()
    {
        await using var server = new LoadServer();
        var result = await Run(new() { Target = server.Target, Sessions = 3, Arrivals = ArrivalSchedule.Parse("500ms:100,200ms:100-300") });
        Assert.Equal(90, result.Counts.Accepted);
        Assert.Equal(90, result.Stages[(int)Stage.Wait].Count);
    }

    [Fact]
    public async Task A_late_answer_makes_all_messages_late_that_waited_for_it()
    {
        using var release = new ManualResetEventSlim();
        int times = 0;
        await using var server = new LoadServer
        {
            Answer = c =>
            {
                if (c.StartsWith("MAIL", StringComparison.Ordinal) && Interlocked.Increment(ref times) == 1) release.Wait(TestContext.Current.CancellationToken);
                return null;
            },
        };
        var run = new LoadRun(new() { Target = server.Target, Sessions = 1, Arrivals = ArrivalSchedule.Constant(1000, TimeSpan.FromMilliseconds(100)) }, TimeProvider.System);
        // the schedule is long over when the figures of the first second come
        var result = await run.Run((elapsed, _) => { if (elapsed > TimeSpan.Zero) release.Set(); }, TestContext.Current.CancellationToken);
        Assert.Equal(100, result.Counts.Accepted);
        // all hundred were meant to start in the first 100 ms, and none was answered before the release
        Assert.True(result.Latency.P50 > result.Stages[(int)Stage.Final].Max, "latency does not count from the intended start");
        Assert.True(result.Stages[(int)Stage.Wait].P50 > 100);
    }

    [Fact]
    public async Task Connections_are_made_anew_after_so_many_messages()
    {
        await using var server = new LoadServer();
        var result = await Run(new() { Target = server.Target, Count = 12, Sessions = 1, MessagesPerConnection = 3 });
        Assert.Equal((12, 4), (result.Counts.Accepted, server.Connections));
        Assert.Equal(4, server.Commands.Count(c => c == "QUIT"));
    }

    [Fact]
    public async Task A_duration_ends_the_closed_model()
    {
        await using var server = new LoadServer();
        var result = await Run(new() { Target = server.Target, Duration = TimeSpan.FromMilliseconds(200), Sessions = 2 });
        Assert.Equal(server.Messages.Count, result.Counts.Accepted);
        Assert.True(result.Counts.Accepted > 0 && result.Counts.Failed == 0);
    }

    [Fact]
    public async Task Cancelling_gives_the_result_so_far()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var server = new LoadServer { Answer = c => { if (c.EndsWith("user50@d1.test>", StringComparison.Ordinal)) cancel.Cancel(); return null; } };
        var result = await new LoadRun(new() { Target = server.Target, Count = long.MaxValue, Sessions = 2 }, TimeProvider.System).Run(null, cancel.Token);
        Assert.True(result.IsCancelled);
        Assert.True(result.Counts.Accepted >= 48);
    }

    [Fact]
    public async Task A_template_is_merged_and_its_dots_are_doubled()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "To: <{to}>\nSubject: {n} {unknown} {domain}\n\n.dot\n..\n{from} {id}\n.", TestContext.Current.CancellationToken);
            await using var server = new LoadServer();
            await Run(new() { Target = server.Target, Count = 1, Sessions = 1, Messages = new MessageSource.Template(file) });
            string text = Assert.Single(server.Messages);
            Assert.EndsWith($"\r\nTo: <user1@d1.test>\r\nSubject: 1 {{unknown}} d1.test\r\n\r\n.dot\r\n..\r\nsender@load.test {TracerOf(text)}\r\n.\r\n", text, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task The_messages_of_a_folder_are_sent_in_turn()
    {
        var folder = Directory.CreateTempSubdirectory("mta-load-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "1.eml"), "Subject: one {n}\r\n\r\n" + new string('x', 200_000) + "\r\n", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "2.eml"), "Subject: zwölf\n\nhm", Encoding.Latin1, TestContext.Current.CancellationToken);
            await using var server = new LoadServer();
            await Run(new() { Target = server.Target, Count = 3, Sessions = 1, Messages = new MessageSource.Folder(folder.FullName) });
            string[] texts = [.. server.Messages.Select(m => m[(m.IndexOf("\r\n", StringComparison.Ordinal) + 2)..])];
            Assert.Equal(["Subject: one {n}\r\n\r\n" + new string('x', 200_000) + "\r\n", "Subject: zwölf\r\n\r\nhm\r\n", texts[0]], texts);
            Assert.Equal(["MAIL FROM:<sender@load.test>", "MAIL FROM:<sender@load.test> BODY=8BITMIME", "MAIL FROM:<sender@load.test>"],
                server.Commands.Where(c => c.StartsWith("MAIL", StringComparison.Ordinal)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Generated_messages_have_their_size_whatever_it_is()
    {
        foreach (int size in (int[])[1000, 4173, 4174, 4175, 4176, 62_399, 62_400, 62_401, 100_000, 1_000_000])
        {
            await using var server = new LoadServer();
            await Run(new() { Target = server.Target, Count = 1, Sessions = 1, Messages = new MessageSource.Generated(new MessageSize(size)) });
            string text = Assert.Single(server.Messages);
            Assert.Equal(size, text.Length);
            Assert.DoesNotContain('\r', text.Replace("\r\n", "", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task It_authenticates_before_the_first_message()
    {
        await using var server = new LoadServer { Offers = ["AUTH LOGIN PLAIN"] };
        var result = await Run(new() { Target = server.Target, Count = 1, Sessions = 1, Credentials = new SaslCredentials("bob", "secret") });
        Assert.Equal(1, result.Counts.Accepted);
        Assert.Equal("AUTH PLAIN AGJvYgBzZWNyZXQ=", server.Commands.ElementAt(1));
    }

    [Theory]
    [InlineData(TlsMode.StartTls)]
    [InlineData(TlsMode.Implicit)]
    public async Task It_sends_over_tls_and_verifies_the_certificate_only_if_asked(TlsMode mode)
    {
        using var key = ECDsa.Create();
        using var made = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        await using var server = new LoadServer { Certificate = certificate, IsImplicit = mode == TlsMode.Implicit };
        var options = new LoadOptions { Target = server.Target, Count = 20, Sessions = 2, Tls = mode };
        var result = await Run(options);
        Assert.Equal((20, 0), (result.Counts.Accepted, result.Counts.Failed));
        // everything but EHLO and STARTTLS themselves
        Assert.Equal(server.Commands.Count - (mode == TlsMode.StartTls ? 2 * server.Connections : 0), server.Encrypted);

        var failure = await Assert.ThrowsAsync<TargetUnreachableException>(() => Run(options with { VerifyCertificate = true }));
        Assert.Contains("TLS:", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_come_from_the_source_addresses_in_turn()
    {
        await using var server = new LoadServer();
        IPAddress[] sources = [IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3")];
        await Run(new() { Target = server.Target, Count = 40, Sessions = 4, SourceAddresses = [.. sources] });
        Assert.Equal([sources[0], sources[0], sources[1], sources[1]], server.Sources.OrderBy(a => a.ToString()));
    }

    [Fact]
    public async Task What_cannot_be_used_is_said_in_one_line()
    {
        await using var refusing = new LoadServer { Answer = c => c.StartsWith('E') ? "554 5.7.1 not you" : null };
        Assert.EndsWith("cannot be used: 554 5.7.1 not you", (await Unreachable(new() { Target = refusing.Target, Count = 1 })).Message, StringComparison.Ordinal);

        await using var plain = new LoadServer();
        Assert.EndsWith("does not offer STARTTLS", (await Unreachable(new() { Target = plain.Target, Count = 1, Tls = TlsMode.StartTls })).Message, StringComparison.Ordinal);

        var gone = new LoadServer();
        await gone.DisposeAsync();
        Assert.EndsWith("connection refused", (await Unreachable(new() { Target = gone.Target, Count = 1 })).Message, StringComparison.Ordinal);

        static Task<TargetUnreachableException> Unreachable(LoadOptions options) => Assert.ThrowsAsync<TargetUnreachableException>(() => Run(options));
    }

    private static Tracer TracerOf(string message)
    {
        Assert.StartsWith(Tracer.Field + ": ", message, StringComparison.Ordinal);
        Assert.True(Tracer.TryParse(message.AsSpan(Tracer.Field.Length + 1, message.IndexOf("\r\n", StringComparison.Ordinal) - Tracer.Field.Length - 1), out var tracer));
        return tracer;
    }

    private static Task<LoadResult> Run(LoadOptions options) => new LoadRun(options, TimeProvider.System).Run(null, TestContext.Current.CancellationToken);
}
