using System.Globalization;
using System.Security.Cryptography;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>swaks, the tester that postmasters use.</summary>
public sealed class SwaksTests
{
    private const string Message = "From: alice@src.test\nTo: bob@dst.test\nSubject: swaks\n\n.leading dot\n\nend\n";

    private static string Route(RecordingSink sink) => $"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]\n";

    private static Task<CommandResult> Swaks(MtaProcess mta, params string[] arguments) => Command.Run(
        Command.Need("swaks", "swaks"),
        ["--server", "127.0.0.1", "--port", mta.SmtpPort.ToString(CultureInfo.InvariantCulture), "--helo", "client.test", "--from", "alice@src.test", .. arguments],
        mta.Folder);

    [Theory]
    [InlineData("SMTP")]
    [InlineData("ESMTP")]
    [InlineData("ESMTP", "--pipeline")]
    [InlineData("ESMTPS", "--tls")]
    [InlineData("ESMTPS", "--tls", "--pipeline")]
    public async Task A_message_arrives_unchanged(string protocol, params string[] arguments)
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink) + certificate.Offer);
        var result = await Swaks(mta, ["--to", "bob@dst.test,carol@dst.test,dave@other.test", "--protocol", protocol.TrimEnd('S'), "--data", Message, .. arguments]);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        await mta.Drained();
        Assert.Equal(["bob@dst.test", "carol@dst.test", "dave@other.test"], sink.Recipients.Order());
        Assert.All(sink.Messages, m =>
        {
            Assert.Contains($"by relay.test with {protocol} ", m.Text, StringComparison.Ordinal);
            Assert.Equal(Message.ReplaceLineEndings("\r\n").TrimEnd(), System.Text.Encoding.Latin1.GetString(m.Original).TrimEnd());
        });
    }

    [Fact]
    public async Task An_attachment_of_five_mebibytes_arrives_whole()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink));
        byte[] content = new byte[5 * 1024 * 1024];
        new Random(1).NextBytes(content);
        string path = Path.Combine(mta.Folder, "attachment.bin");
        await File.WriteAllBytesAsync(path, content, TestContext.Current.CancellationToken);
        var result = await Swaks(mta, "--to", "bob@dst.test", "--attach", "@" + path, "--suppress-data");
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        await sink.Received(1, () => mta.Output);
        using var message = MimeKit.MimeMessage.Load(new MemoryStream(sink.Messages.First().Data), TestContext.Current.CancellationToken);
        using var arrived = new MemoryStream();
        Assert.IsType<MimeKit.MimePart>(Assert.Single(message.Attachments), exactMatch: false).Content!.DecodeTo(arrived, TestContext.Current.CancellationToken);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(content)), Convert.ToHexString(SHA256.HashData(arrived.ToArray())));
    }

    [Fact]
    public async Task A_load_balancer_names_the_client()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink) + "listeners.smtp.proxy-protocol.trusted = [\"127.0.0.0/8\"]\n relay.trusted-networks = [\"198.51.100.0/24\"]");
        Assert.Equal(0, (await Through("1", "TCP4", "198.51.100.7")).ExitCode);
        Assert.Equal(0, (await Through("2", "AF_INET", "198.51.100.8")).ExitCode);
        var stranger = await Through("1", "TCP4", "203.0.113.9");
        // swaks: all recipients were refused
        Assert.Equal(24, stranger.ExitCode);
        Assert.Contains("<** 550 5.7.1", stranger.Output, StringComparison.Ordinal);
        await mta.Drained();
        Assert.Equal(2, sink.Messages.Count);
        Assert.Contains(sink.Messages, m => m.Text.Contains("([198.51.100.7])", StringComparison.Ordinal));
        Assert.Contains(sink.Messages, m => m.Text.Contains("([198.51.100.8])", StringComparison.Ordinal));

        Task<CommandResult> Through(string version, string family, string source) => Swaks(mta, "--to", "bob@dst.test", "--proxy-version", version, "--proxy-family", family,
            "--proxy-source", source, "--proxy-source-port", "4321", "--proxy-dest", "192.0.2.1", "--proxy-dest-port", "25");
    }

    [Fact]
    public async Task A_strangers_mail_to_strangers_is_refused()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink) + "relay { trusted-networks = [], domains = [\"dst.test\"] }");
        var mixed = await Swaks(mta, "--to", "bob@dst.test,carol@other.test", "--pipeline");
        Assert.Contains("<** 550 5.7.1", mixed.Output, StringComparison.Ordinal);
        await sink.Received(1, () => mta.Output);
        Assert.Equal(["bob@dst.test"], sink.Recipients);
        Assert.Equal(24, (await Swaks(mta, "--to", "carol@other.test")).ExitCode);
    }
}
