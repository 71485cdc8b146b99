using System.Text.Json;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>Certificates from a real authority that validates for real: Pebble, with refused nonces all the while.</summary>
public sealed class AcmeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static string Listen(PebbleServer pebble) =>
        $"http {{ address = \"127.0.0.1\", port = {pebble.HttpPort} }}\n tls-alpn {{ address = \"127.0.0.1\", port = {pebble.TlsPort} }}\n";

    private static async Task<JsonElement[]> Certificates(MtaProcess mta)
    {
        var result = await mta.Run("tls", "list", "--config", mta.ConfigPath, "--json");
        Assert.True(result.ExitCode == 0, result.Error);
        return [.. JsonDocument.Parse(result.Output).RootElement.GetProperty("certificates").EnumerateArray()];
    }

    private static async Task<string> Issuer(MtaProcess mta, string host)
    {
        using var client = await StartTlsClient.Connect(mta.SmtpPort, host);
        return client.Certificate.Issuer;
    }

    private static async Task<string> Fingerprint(MtaProcess mta, string host)
    {
        using var client = await StartTlsClient.Connect(mta.SmtpPort, host);
        return client.Certificate.GetCertHashString();
    }

    private static Task Issued(MtaProcess mta, PebbleServer pebble, string host) =>
        Wait.For(async () =>
        {
            using var client = await StartTlsClient.Connect(mta.SmtpPort, host);
            return client.Certificate is var shown && shown.Issuer.Contains("Pebble", StringComparison.Ordinal) && shown.MatchesHostname(host);
        }, Limit, () => $"no certificate for {host}:\n{mta.Output}\n{pebble.Output}");

    [Theory]
    [InlineData("http-01", "ecdsa-p256")]
    [InlineData("tls-alpn-01", "rsa-2048")]
    public async Task A_certificate_is_ordered_kept_and_renewed_while_connections_are_open(string challenge, string keyType)
    {
        string[] hosts = ["mx.acme.test", "mail.acme.test"];
        await using var pebble = await PebbleServer.Start(hosts);
        await using var mta = await MtaProcess.Start(pebble.Section($"hosts = [\"mx.acme.test\", \"mail.acme.test\"], challenge = {challenge}, key-type = {keyType}\n{Listen(pebble)}"));
        foreach (string host in hosts) await Issued(mta, pebble, host);
        Assert.Contains("CN=Mta", await Issuer(mta, "localhost"), StringComparison.Ordinal);
        // a third of the good nonces were refused: nobody sees it
        Assert.DoesNotContain("acme failed", mta.Output, StringComparison.Ordinal);

        var listed = await Certificates(mta);
        Assert.Equal(["acme", "acme", "self-signed"], listed.Select(c => c.GetProperty("source").GetString()));
        Assert.All(listed[..2], c => Assert.True(c.GetProperty("nextRenewal").GetDateTimeOffset() > TimeProvider.System.GetUtcNow().AddDays(1)));
        var files = Directory.GetFiles(Path.Combine(mta.DataDir, "tls"), "*", SearchOption.AllDirectories);
        Assert.Equal(4, files.Length);
        Assert.All(files, f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
        Assert.DoesNotContain("PRIVATE KEY", mta.Output, StringComparison.Ordinal);

        using var old = await StartTlsClient.Connect(mta.SmtpPort, hosts[0]);
        string first = old.Certificate.GetCertHashString(), other = await Fingerprint(mta, hosts[1]);
        Assert.Equal(0, (await mta.Run("tls", "renew", hosts[0], "--config", mta.ConfigPath)).ExitCode);
        await Wait.For(async () => await Fingerprint(mta, hosts[0]) != first, Limit, () => "not renewed:\n" + mta.Output + pebble.Output);
        Assert.Equal(other, await Fingerprint(mta, hosts[1]));
        Assert.StartsWith("250", await old.Say("NOOP"), StringComparison.Ordinal);

        string kept = await Fingerprint(mta, hosts[0]);
        Assert.Equal(0, await mta.Stop());
        mta.ForgetOutput();
        await mta.Start();
        Assert.Equal(kept, await Fingerprint(mta, hosts[0]));
        Assert.DoesNotContain("acme order", mta.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_challenge_that_fails_is_told_clearly_and_our_own_certificate_serves_until_it_is_put_right()
    {
        await using var pebble = await PebbleServer.Start(["mx.acme.test"]);
        string good = pebble.Section($"hosts = [\"mx.acme.test\"]\n{Listen(pebble)}"), wrong = good.Replace($"port = {pebble.HttpPort}", $"port = {MtaProcess.FreePort()}", StringComparison.Ordinal);
        await using var mta = await MtaProcess.Start(wrong);
        await Wait.For(() => mta.Output.Contains("acme failed host=mx.acme.test", StringComparison.Ordinal), Limit, () => mta.Output + pebble.Output);
        string line = mta.Output.Split('\n').First(l => l.Contains("acme failed", StringComparison.Ordinal));
        Assert.Contains("http-01", line, StringComparison.Ordinal);
        Assert.Contains("0 questions answered", line, StringComparison.Ordinal);
        Assert.Contains("connection refused", line, StringComparison.Ordinal);
        Assert.Contains("CN=Mta", await Issuer(mta, "mx.acme.test"), StringComparison.Ordinal);
        var pending = Assert.Single(await Certificates(mta), c => c.GetProperty("source").GetString() == "acme");
        Assert.Contains("connection refused", pending.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.False(pending.TryGetProperty("issuer", out var issuer) && issuer.ValueKind != JsonValueKind.Null);

        await File.WriteAllTextAsync(mta.ConfigPath, (await File.ReadAllTextAsync(mta.ConfigPath, TestContext.Current.CancellationToken)).Replace(wrong, good, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        mta.Signal("HUP");
        await Issued(mta, pebble, "mx.acme.test");
    }

    [Fact]
    public async Task An_account_is_bound_to_one_made_by_other_means()
    {
        await using var pebble = await PebbleServer.Start(["mx.acme.test"], binding: true, refusedNonces: 0);
        string good = $"external-account {{ key-id = {PebbleServer.BindingId}, mac-key = \"{PebbleServer.BindingKey}\" }}";
        string wrong = pebble.Section($"hosts = [\"mx.acme.test\"]\n{Listen(pebble)}\n{good.Replace("zWND", "zWNE", StringComparison.Ordinal)}");
        await using (var mta = await MtaProcess.Start(wrong))
        {
            await Wait.For(() => mta.Output.Contains("acme failed host=mx.acme.test", StringComparison.Ordinal), Limit, () => mta.Output);
            Assert.DoesNotContain("zWNE", mta.Output, StringComparison.Ordinal);
        }
        await using var bound = await MtaProcess.Start(pebble.Section($"hosts = [\"mx.acme.test\"]\n{Listen(pebble)}\n{good}"));
        await Issued(bound, pebble, "mx.acme.test");
    }
}
