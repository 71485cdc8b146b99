using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>Exim before us and behind us; it is the peer that sends and takes chunks (BDAT).</summary>
public sealed class EximTests
{
    private const int Messages = 200;
    private const string NoTls = "tls_advertise_hosts =", MayTls = "tls_advertise_hosts = *", MustTls = MayTls + "\nacl_smtp_mail = need_tls";
    private const string Retry = "queue.retry = \"1s*\"\n delivery.back-off { min = 500ms, max = 1s }\n";

    private static string Route(int port) => $"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{port}\"] }} ]\n{Retry}";

    [Theory]
    [InlineData("none", MayTls, false)]
    [InlineData("opportunistic", NoTls, false)]
    [InlineData("opportunistic", MayTls, true)]
    [InlineData("required", MustTls, true)]
    public async Task Exim_takes_all_that_we_send_it(string ours, string theirs, bool isEncrypted)
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink();
        await using var exim = await EximServer.Start(certificate, theirs, "hosts_avoid_tls = *", sink.Port);
        await using var mta = await MtaProcess.Start($"{Route(exim.Port)} delivery.tls = {ours}");
        await Senders.SendSamples(mta.SmtpPort, Messages);
        await sink.Received(Messages, () => mta.Output + exim.Log);
        await mta.Drained();
        Senders.CheckSamples(sink, Messages);
        Assert.All(sink.Messages, m => Assert.Equal(isEncrypted, m.Text.Contains("by exim.test with esmtps", StringComparison.Ordinal)));
        // K: it came in chunks
        Assert.Matches("<= alice@src.test .* K ", exim.Log);
    }

    [Theory]
    [InlineData(false, "", false)]
    [InlineData(true, "hosts_avoid_tls = *", false)]
    [InlineData(true, "tls_verify_certificates =", true)]
    [InlineData(true, "hosts_require_tls = *\ntls_verify_certificates =", true)]
    public async Task We_take_all_that_Exim_sends(bool isOffered, string theirs, bool isEncrypted)
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink.Port) + (isOffered ? certificate.Offer : "tls.self-signed = off\n"));
        await using var exim = await EximServer.Start(certificate, NoTls, theirs, mta.SmtpPort);
        await Senders.SendSamples(exim.Port, Messages);
        await sink.Received(Messages, () => mta.Output + exim.Log);
        Senders.CheckSamples(sink, Messages);
        Assert.All(sink.Messages, m => Assert.Equal(isEncrypted, m.Text.Contains("by relay.test with ESMTPS", StringComparison.Ordinal)));
        Assert.Matches("=> r0@dst.test .* K ", exim.Log);
    }

    [Fact]
    public async Task What_Exim_refuses_comes_back_through_it_and_the_others_get_theirs()
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink();
        await using var exim = await EximServer.Start(certificate, NoTls, "", sink.Port);
        await using var mta = await MtaProcess.Start(Route(exim.Port));
        byte[] message = SampleMail.Create(1);
        using var client = await WireClient.Connect(mta.SmtpPort);
        await client.SendData("alice@src.test", ["one@dst.test", "nobody@dst.test", "two@dst.test"], message);
        await sink.Received(2, () => mta.Output + exim.Log);
        await mta.Drained();

        var (bounce, mail) = (Assert.Single(sink.Messages, m => m.From.Length == 0), Assert.Single(sink.Messages, m => m.From.Length > 0));
        Assert.Equal(["one@dst.test", "two@dst.test"], mail.Recipients.Order());
        Assert.Equal(message, mail.Original);
        Assert.Equal(["alice@src.test"], bounce.Recipients);
        Assert.Contains("Diagnostic-Code: smtp; 550 5.1.1 no such user", bounce.Text, StringComparison.Ordinal);
        Assert.Contains("by exim.test with", bounce.Text, StringComparison.Ordinal);
    }
}
