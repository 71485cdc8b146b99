using System.Globalization;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>Mail for a domain of ours: into mailboxes here, unless a route names another server for it.</summary>
public sealed class LocalDomainTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_mail_lies_in_mailboxes_here_until_a_route_leads_elsewhere()
    {
        await using var sink = new RecordingSink();
        // a route for the rest of the world does not lead away from them
        await using var mta = await MtaProcess.Start($"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{MtaProcess.FreePort()}\"] }} ]");
        await Done("domain", "add", "ours.test");
        await Done("account", "add", "ann@ours.test", "--no-password");
        Assert.Contains("mailboxes here", await Done("domain", "local"), StringComparison.Ordinal);
        using (var client = await WireClient.Connect(mta.SmtpPort)) await client.SendData("bob@src.test", ["ann@ours.test"], SampleMail.Create(5));
        await Wait.For(() => mta.Output.Contains("delivered to the mailbox", StringComparison.Ordinal), TimeSpan.FromSeconds(30), () => mta.Output);
        await mta.Drained();

        string config = await File.ReadAllTextAsync(mta.ConfigPath, Cancel);
        await File.WriteAllTextAsync(mta.ConfigPath, config.Replace("relay.routes = [ {",
            string.Create(CultureInfo.InvariantCulture, $"relay.routes = [ {{ domain = \"ours.test\", next-hop = [\"127.0.0.1:{sink.Port}\"] }}, {{"), StringComparison.Ordinal), Cancel);
        mta.Signal("HUP");
        await Wait.For(async () => (await Done("domain", "local")).Contains(string.Create(CultureInfo.InvariantCulture, $"smtp 127.0.0.1:{sink.Port}"), StringComparison.Ordinal),
            TimeSpan.FromSeconds(30), () => mta.Output);
        using (var client = await WireClient.Connect(mta.SmtpPort)) await client.SendData("bob@src.test", ["ann@ours.test"], SampleMail.Create(6));
        await sink.Received(1, () => mta.Output);
        Assert.Equal(["ann@ours.test"], Assert.Single(sink.Messages).Recipients);

        async Task<string> Done(params string[] arguments)
        {
            var result = await mta.Run([.. arguments, "--config", mta.ConfigPath]);
            Assert.True(result.ExitCode == 0, result.Error);
            return result.Output;
        }
    }

    [Fact]
    public async Task A_full_mailbox_is_refused_at_RCPT_and_takes_mail_again_once_there_is_room()
    {
        int imap = MtaProcess.FreePort();
        await using var mta = await MtaProcess.Start($"listeners.imap {{ address = \"127.0.0.1\", port = {imap} }}, imap.allow-plaintext-on-loopback = true, queue.retry = \"1s*\"");
        string password = Path.Combine(mta.Folder, "password");
        await File.WriteAllTextAsync(password, "correct horse\n", Cancel);
        await Done("domain", "add", "ours.test");
        await Done("account", "add", "ann@ours.test", "--password-file", password, "--quota", "3000");
        using (var client = await WireClient.Connect(mta.SmtpPort)) await client.SendData("bob@src.test", ["ann@ours.test"], SampleMail.Create(5));
        using (var client = await WireClient.Connect(mta.SmtpPort)) await client.SendData("bob@src.test", ["ann@ours.test"], [.. "Subject: large\r\n\r\n"u8, .. new byte[3000].Select(_ => (byte)'x').Chunk(70).SelectMany(line => line.Concat("\r\n"u8.ToArray()))]);
        // it does not fit: it waits
        await Wait.For(() => mta.Output.Contains("452 4.2.2 the mailbox is full", StringComparison.Ordinal), TimeSpan.FromSeconds(30), () => mta.Output);
        await Done("account", "set", "ann@ours.test", "--quota", "10");
        using (var client = await WireClient.Connect(mta.SmtpPort))
        {
            await client.Command("EHLO src.test");
            await client.Command("MAIL FROM:<bob@src.test>");
            Assert.StartsWith("452 4.2.2", await client.Command("RCPT TO:<ann@ours.test>"), StringComparison.Ordinal);
        }
        await Done("account", "set", "ann@ours.test", "--quota", "0");
        await mta.Drained();
        using (var client = new ImapClient())
        {
            await client.ConnectAsync("127.0.0.1", imap, SecureSocketOptions.None, Cancel);
            await client.AuthenticateAsync("ann@ours.test", "correct horse", Cancel);
            await client.Inbox.OpenAsync(FolderAccess.ReadOnly, Cancel);
            Assert.Equal(2, client.Inbox.Count);
        }
        // who goes takes his mail along
        await Done("account", "remove", "ann@ours.test");
        await Done("account", "add", "ann@ours.test", "--password-file", password);
        using (var client = new ImapClient())
        {
            await client.ConnectAsync("127.0.0.1", imap, SecureSocketOptions.None, Cancel);
            await client.AuthenticateAsync("ann@ours.test", "correct horse", Cancel);
            await client.Inbox.OpenAsync(FolderAccess.ReadOnly, Cancel);
            Assert.Equal(0, client.Inbox.Count);
        }

        async Task Done(params string[] arguments)
        {
            var result = await mta.Run([.. arguments, "--config", mta.ConfigPath]);
            Assert.True(result.ExitCode == 0, result.Error);
        }
    }
}
