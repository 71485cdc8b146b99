using System.Globalization;
using System.Net;
using System.Text;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Abuse;

/// <summary>What a hostile client sends to the ports of our own users, octet for octet: each gets a clear reply, and the next one is served.</summary>
public sealed class HostileSubmissionTests
{
    private const int Mebi = 1 << 20;
    private const string Header = $"From: {SubmissionProcess.Ann}\r\nTo: x@dst.test\r\nSubject: s\r\n";
    private static readonly string Good = SubmissionProcess.Plain(SubmissionProcess.Ann, SubmissionProcess.Password);

    private static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>A connection that has signed in.</summary>
    private static async Task<WireClient> SignedIn(SubmissionProcess node)
    {
        var client = await WireClient.Connect(node.Submission);
        Assert.StartsWith("235", await client.Command(Good), StringComparison.Ordinal);
        return client;
    }

    /// <summary>The reply to the end of a message from Ann.</summary>
    private static async Task<string> Submit(WireClient client, string content)
    {
        foreach (string command in (string[])[$"MAIL FROM:<{SubmissionProcess.Ann}>", "RCPT TO:<x@dst.test>"])
            Assert.StartsWith("250", await client.Command(command), StringComparison.Ordinal);
        Assert.StartsWith("354", await client.Command("DATA"), StringComparison.Ordinal);
        await client.Send(Octets(content + "\r\n.\r\n"));
        return await client.Reply();
    }

    [Fact]
    public async Task Lines_of_the_exchange()
    {
        await using var node = await SubmissionProcess.Start("submission.max-failures = 100\naccounts.guessing { failure-delay = 0s, per-address = 1000, per-name = 1000 }");
        using (var client = await WireClient.Connect(node.Submission)) Assert.StartsWith("235", await client.Command(Good), StringComparison.Ordinal);
        long before = node.Mta.Memory;
        string huge = new('A', Mebi);
        string p = SubmissionProcess.Password, ann = SubmissionProcess.Ann;
        foreach (var (commands, last) in new (string[] Commands, string Last)[]
                 {
                     (["AUTH PLAIN " + huge], "500 5.5.6"),
                     (["AUTH PLAIN", huge], "500 5.5.6"),
                     (["AUTH LOGIN", SubmissionProcess.Base64(ann), huge], "500 5.5.6"),
                     (["AUTH SCRAM-SHA-256", huge], "500 5.5.6"),
                     (["AUTH " + huge], "500 5.5.6"),
                     (["AUTH PLAIN !!!!"], "501 5.5.2"),
                     (["AUTH PLAIN AGEAYg"], "501 5.5.2"),
                     (["AUTH PLAIN AGEAYg==AA"], "501 5.5.2"),
                     (["AUTH PLAIN AG EAYg=="], "501 5.5.2"),
                     (["AUTH PLAIN AGEAYh=="], "501 5.5.2"),
                     (["AUTH PLAIN \0"], "50"),
                     (["AUTH PLAIN", "\0"], "501 5.5.2"),
                     (["AUTH PLAIN =="], "501 5.5.2"),
                     (["AUTH PLAIN " + SubmissionProcess.Base64($"\0{ann}\0{p}\0")], "501 5.5.2"),
                     (["AUTH PLAIN " + SubmissionProcess.Base64($"\0\0{ann}\0{p}")], "501 5.5.2"),
                     (["AUTH PLAIN " + SubmissionProcess.Base64($"\0{ann}\0")], "501 5.5.2"),
                     (["AUTH PLAIN " + SubmissionProcess.Base64($"{ann}{p}")], "501 5.5.2"),
                     // to act as another, in all the ways that the mechanisms have for it
                     ([SubmissionProcess.Plain(ann, p, SubmissionProcess.Bob)], "535 5.7.8"),
                     ([SubmissionProcess.Plain(SubmissionProcess.Bob, "wrong", ann)], "535 5.7.8"),
                     ([SubmissionProcess.Plain($"{ann}\r\nX", p)], "501 5.5.2"),
                     (["AUTH SCRAM-SHA-256 " + SubmissionProcess.Base64($"n,a={SubmissionProcess.Bob},n={ann},r=abcdef")], "535 5.7.8"),
                     (["AUTH SCRAM-SHA-256 " + SubmissionProcess.Base64($"n,,n={ann},r=")], "501 5.5.2"),
                     (["AUTH SCRAM-SHA-256 " + SubmissionProcess.Base64($"n,,n={ann}=2,r=abcdef")], "501 5.5.2"),
                     (["AUTH SCRAM-SHA-256-PLUS " + SubmissionProcess.Base64($"p=tls-unique,,n={ann},r=abcdef")], "504 5.5.4"),
                     (["AUTH LOGIN", "*"], "501"),
                     (["AUTH LOGIN", SubmissionProcess.Base64(ann), SubmissionProcess.Base64("wrong")], "535 5.7.8"),
                     (["AUTH NONSENSE"], "504 5.5.4"),
                     (["AUTH"], "50"),
                 })
        {
            using var client = await WireClient.Connect(node.Submission);
            string reply = "";
            foreach (string command in commands) reply = await client.Command(command);
            string shown = string.Join(" | ", commands.Select(c => c.Length > 80 ? c[..80] + "…" : c));
            Assert.True(reply.StartsWith(last, StringComparison.Ordinal), $"{shown}: {reply}");
            // and it can still sign in, if it has the password
            reply = await client.Command(Good);
            Assert.True(reply.StartsWith("235", StringComparison.Ordinal), $"{shown}, then: {reply}");
        }
        Assert.InRange(node.Mta.Memory - before, long.MinValue, 100L * Mebi);
        // nothing of a password is in the log
        Assert.DoesNotContain(SubmissionProcess.Password, node.Mta.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_in_one_packet_with_a_sign_in()
    {
        await using var node = await SubmissionProcess.Start("accounts.guessing.failure-delay = 0s");
        using (var client = await WireClient.Connect(node.Submission))
        {
            await client.Send(Octets($"{Good}\r\nMAIL FROM:<{SubmissionProcess.Ann}>\r\nRCPT TO:<x@dst.test>\r\n"));
            foreach (string expected in (string[])["235", "250", "250"]) Assert.StartsWith(expected, await client.Reply(), StringComparison.Ordinal);
            Assert.StartsWith("503", await client.Command(Good), StringComparison.Ordinal);
        }
        using (var client = await WireClient.Connect(node.Submission))
        {
            // what stands behind one that fails is done as a stranger's
            await client.Send(Octets($"{SubmissionProcess.Plain(SubmissionProcess.Ann, "wrong")}\r\nMAIL FROM:<{SubmissionProcess.Ann}>\r\nRCPT TO:<x@dst.test>\r\nDATA\r\n"));
            foreach (string expected in (string[])["535", "530", "503", "503"]) Assert.StartsWith(expected, await client.Reply(), StringComparison.Ordinal);
        }
        using (var client = await WireClient.Connect(node.Submission))
        {
            // a command in the place of an answer is a bad answer, and no command
            await client.Send(Octets("AUTH PLAIN\r\nMAIL FROM:<x@y.test>\r\n"));
            Assert.StartsWith("334", await client.Reply(), StringComparison.Ordinal);
            Assert.StartsWith("501 5.5.2", await client.Reply(), StringComparison.Ordinal);
            Assert.StartsWith("235", await client.Command(Good), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_sign_in_that_came_in_the_clear_is_not_read_as_if_it_had_come_under_TLS()
    {
        await using var node = await SubmissionProcess.Start("submission.allow-plaintext-on-loopback = false");
        using (var client = await WireClient.Connect(node.Submission))
        {
            Assert.StartsWith("538", await client.Command(Good), StringComparison.Ordinal);
            Assert.StartsWith("530", await client.Command($"MAIL FROM:<{SubmissionProcess.Ann}>"), StringComparison.Ordinal);
            await client.Send(Octets($"STARTTLS\r\n{Good}\r\n"));
            Assert.StartsWith("554 5.5.1", await client.Reply(), StringComparison.Ordinal);
            await Assert.ThrowsAsync<IOException>(client.Reply);
        }
        using (var client = await WireClient.Connect(node.Submission))
        {
            await client.StartTls();
            Assert.StartsWith("235", await client.Command(Good), StringComparison.Ordinal);
            Assert.StartsWith("503", await client.Command("STARTTLS"), StringComparison.Ordinal);
            Assert.StartsWith("250", await Submit(client, Header + "\r\nunder TLS"), StringComparison.Ordinal);
        }
        await node.Sink.Received(1, () => node.Mta.Output);
        Assert.Single(node.Sink.Messages);
    }

    [Fact]
    public async Task Headers_that_deceive()
    {
        await using var node = await SubmissionProcess.Start();
        using var client = await SignedIn(node);
        long before = node.Mta.Memory;
        string many = string.Join(",\r\n ", Enumerable.Range(0, 10_000).Select(i => $"a{i}@ours.test"));
        foreach (var (content, expected) in new (string, string)[]
                 {
                     ("To: x@dst.test\r\n\r\nno From", "550 5.6.0"),
                     ("\r\nno header", "550 5.6.0"),
                     ("no field\r\n\r\nx", "550 5.6.0"),
                     ($"From: {SubmissionProcess.Ann}\r\n{Header}\r\ntwo From", "550 5.6.0"),
                     ($"from: eve@else.test\r\n{Header}\r\ntwo From", "550 5.6.0"),
                     ($"From: {SubmissionProcess.Ann}, {SubmissionProcess.Bob}\r\n\r\nof another too", "550 5.7.1"),
                     ("From: eve@else.test\r\n\r\nof another", "550 5.7.1"),
                     ($"From : eve@else.test\r\n\r\nof another", "550 5.7.1"),
                     ($"From: \"{SubmissionProcess.Ann}\" <eve@else.test>\r\n\r\nof another", "550 5.7.1"),
                     ($"From: {SubmissionProcess.Ann} <eve@else.test>\r\n\r\nx", "550 5.6.0"),
                     ($"From: <{SubmissionProcess.Ann}> <eve@else.test>\r\n\r\nx", "550 5.6.0"),
                     ($"From: (\r\n <eve@else.test>\r\n\r\nx", "550 5.6.0"),
                     ("From:\r\n\r\nx", "550 5.6.0"),
                     ($"From: {many}\r\n\r\nx", "550 5.6.0"),
                     ($"From: {new string('(', 8000)}{new string(')', 8000)}\r\n\r\nx", "550 5.6.0"),
                     ($"{Header}Sender: eve@else.test\r\n\r\nx", "550 5.7.1"),
                     ($"{Header}Sender: {SubmissionProcess.Ann}\r\nSender: {SubmissionProcess.Ann}\r\n\r\nx", "550 5.6.0"),
                     ($"{Header}X: a\nFrom: eve@else.test\r\n\r\nx", "550 5.6.0"),
                     ($"{Header}X: a\rFrom: eve@else.test\r\n\r\nx", "550 5.6.0"),
                     ($"{Header}\r\na bare\nLF", "550 5.6.0"),
                     ($"{Header}\r\na bare\rCR", "550 5.6.0"),
                     ($"{Header}X\0: y\r\n\r\nx", "550 5.6.0"),
                     ($"{Header}X: \u00FF\u00FE\r\n\r\nx", "550 5.6.0"),
                 })
        {
            string reply = await Submit(client, content);
            Assert.True(reply.StartsWith(expected, StringComparison.Ordinal), $"{(content.Length > 100 ? content[..100] + "…" : content)}: {reply}");
        }
        Assert.Empty(node.Sink.Messages);
        Assert.InRange(node.Mta.Memory - before, long.MinValue, 100L * Mebi);
    }

    [Fact]
    public async Task Bcc_is_taken_out_and_nothing_else_and_a_megabyte_of_it_is_too_much()
    {
        await using var node = await SubmissionProcess.Start();
        using var client = await SignedIn(node);
        long before = node.Mta.Memory;
        Assert.StartsWith("552 5.3.4", await Submit(client, $"{Header}{Bcc(Mebi)}X-After: kept\r\n\r\nbody"), StringComparison.Ordinal);
        Assert.StartsWith("250", await Submit(client, $"{Header}{Bcc(60_000)}X-After: kept\r\n\r\nbody"), StringComparison.Ordinal);
        await node.Sink.Received(1, () => node.Mta.Output);
        string text = Assert.Single(node.Sink.Messages).Text;
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Contains("Subject: s\r\nX-After: kept\r\n", text, StringComparison.Ordinal);
        Assert.InRange(node.Mta.Memory - before, long.MinValue, 50L * Mebi);

        static string Bcc(int size)
        {
            var bcc = new StringBuilder("Bcc: secret@else.test");
            for (int i = 0; bcc.Length < size; i++) bcc.Append(CultureInfo.InvariantCulture, $",\r\n secret{i}@else.test");
            return bcc.Append("\r\n").ToString();
        }
    }

    [Fact]
    public async Task A_header_that_is_cut_anywhere_is_the_same_header()
    {
        await using var node = await SubmissionProcess.Start();
        using var client = await SignedIn(node);
        byte[] content = Octets($"{Header}Bcc: secret@else.test,\r\n secret2@else.test\r\nX-After: kept\r\n\r\n..dot\r\nend\r\n.\r\n");
        for (int cut = 1; cut < content.Length; cut++) await Send(content[..cut], content[cut..]);
        await Send([.. content.Select(b => new[] { b })]);
        await node.Sink.Received(content.Length, () => node.Mta.Output);
        var ends = node.Sink.Messages.Select(m => m.Text[m.Text.IndexOf("From: ", StringComparison.Ordinal)..]).Select(t => t.Split("\r\n")
            .Where(l => !l.StartsWith("Date: ", StringComparison.Ordinal) && !l.StartsWith("Message-ID: ", StringComparison.Ordinal))).Select(l => string.Join('\n', l)).Distinct();
        Assert.Equal($"{Header}X-After: kept\r\n\r\n.dot\r\nend\r\n".Replace("\r\n", "\n", StringComparison.Ordinal), Assert.Single(ends));

        async Task Send(params byte[][] parts)
        {
            foreach (string command in (string[])[$"MAIL FROM:<{SubmissionProcess.Ann}>", "RCPT TO:<x@dst.test>"]) await client.Command(command);
            Assert.StartsWith("354", await client.Command("DATA"), StringComparison.Ordinal);
            foreach (byte[] part in parts) await client.Send(part);
            Assert.StartsWith("250", await client.Reply(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Lmtp_is_for_trusted_networks_and_answers_for_each_recipient()
    {
        await using var node = await SubmissionProcess.Start("relay.trusted-networks = [\"127.0.0.1/32\"]");
        await node.Run("account", "disable", SubmissionProcess.Bob);
        await node.Run("alias", "add", "all@ours.test", SubmissionProcess.Ann, "carl@else.test");
        using (var stranger = await WireClient.Dial(node.Lmtp, IPAddress.Parse("127.0.0.2")))
        {
            Assert.StartsWith("554 5.7.1", await stranger.Reply(), StringComparison.Ordinal);
            await Assert.ThrowsAsync<IOException>(stranger.Reply);
        }
        using var client = await WireClient.Dial(node.Lmtp);
        Assert.StartsWith("220", await client.Reply(), StringComparison.Ordinal);
        Assert.StartsWith("500", await client.Command("EHLO client.test"), StringComparison.Ordinal); // RFC 2033 §4.1
        Assert.StartsWith("250", await client.Command("LHLO client.test"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.Command("MAIL FROM:<x@dst.test>"), StringComparison.Ordinal);
        foreach (var (recipient, expected) in new[]
                 {
                     (SubmissionProcess.Ann, "250"), ("nobody@ours.test", "550 5.1.1"), (SubmissionProcess.Bob, "550 5.2.1"), ("all@ours.test", "250"), ("y@else.test", "250"),
                 })
            Assert.StartsWith(expected, await client.Command($"RCPT TO:<{recipient}>"), StringComparison.Ordinal);
        Assert.StartsWith("354", await client.Command("DATA"), StringComparison.Ordinal);
        await client.Send(Octets("Subject: s\r\n\r\nx\r\n.\r\n"));
        // RFC 2033 §4.2: one for each that was accepted, in their order
        for (int i = 0; i < 3; i++) Assert.StartsWith("250", await client.Reply(), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.Command("NOOP"), StringComparison.Ordinal);
        // whose message is refused gets as many refusals
        Assert.StartsWith("250", await client.Command("MAIL FROM:<x@dst.test>"), StringComparison.Ordinal);
        foreach (string recipient in (string[])[SubmissionProcess.Ann, "y@else.test"]) Assert.StartsWith("250", await client.Command($"RCPT TO:<{recipient}>"), StringComparison.Ordinal);
        Assert.StartsWith("354", await client.Command("DATA"), StringComparison.Ordinal);
        await client.Send(Octets("Subject: s\r\n\r\na bare\nLF\r\n.\r\n"));
        for (int i = 0; i < 2; i++) Assert.StartsWith("550 5.6.0", await client.Reply(), StringComparison.Ordinal);
        await node.Mta.Drained();
        // Ann once, though she was named twice
        Assert.Equal([SubmissionProcess.Ann, "carl@else.test", "y@else.test"], node.Sink.Recipients.Order(StringComparer.Ordinal));
    }
}
