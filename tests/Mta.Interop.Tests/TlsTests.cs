using System.Globalization;
using System.Text.Json;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>What strangers find when they look at our TLS: testssl.sh and OpenSSL.</summary>
public sealed class TlsTests
{
    // What testssl.sh says of the test's own certificate, which no authority of the world has signed: it names neither a way to revoke it nor the CAA record of
    // a domain, and is in no log. Everything else counts.
    private static readonly string[] OfTheTestCertificate =
        ["cert_chain_of_trust", "cert_crlDistributionPoints", "cert_ocspURL", "cert_revocation", "DNS_CAArecord", "certificate_transparency", "OCSP_stapling"];

    private static string Port(MtaProcess mta) => mta.SmtpPort.ToString(CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("smtp")]
    [InlineData("submission")]
    [InlineData("submissions")]
    [InlineData("pop3")]
    [InlineData("pop3s")]
    public async Task Testssl_finds_nothing_above_low(string kind)
    {
        string testssl = Command.Need("testssl", "testssl.sh");
        using var authority = new TestAuthority("localhost");
        string port = kind == "smtp" ? "" : MtaProcess.FreePort().ToString(CultureInfo.InvariantCulture);
        string listener = kind == "smtp" ? "" : $"\nlisteners.{kind} {{ address = \"127.0.0.1\", port = {port} }}";
        await using var mta = await MtaProcess.Start($"tls.certificates = [ {{ certificate = \"{authority.CertificatePath}\" }} ]{listener}");
        if (kind == "smtp") port = Port(mta);
        string[] target = kind switch
        {
            "submissions" or "pop3s" => [$"localhost:{port}"],
            "pop3" => ["--starttls", "pop3", $"localhost:{port}"],
            _ => ["--starttls", "smtp", $"localhost:{port}"],
        };
        var findings = await Scan(testssl, mta, authority, target);
        // it has looked, and seen the protocols that we speak
        Assert.True(findings.Count > 50, $"{findings.Count} findings");
        Assert.Contains(findings, f => f is ("TLS1_3", "OK", _));
        Assert.Contains(findings, f => f is ("TLS1_2", "OK", _));
        Assert.All(["SSLv2", "SSLv3", "TLS1", "TLS1_1"], old => Assert.Contains(findings, f => f.Id == old && f.Finding.StartsWith("not offered", StringComparison.Ordinal)));
        var bad = findings.Where(f => f.Severity is "MEDIUM" or "HIGH" or "CRITICAL" or "FATAL" && !OfTheTestCertificate.Any(id => f.Id == id || f.Id.StartsWith(id + " ", StringComparison.Ordinal)));
        Assert.Empty(bad);
    }

    private static async Task<List<(string Id, string Severity, string Finding)>> Scan(string testssl, MtaProcess mta, TestAuthority authority, params string[] target)
    {
        string report = Path.Combine(mta.Folder, "testssl.json");
        var result = await Command.Run(testssl,
        [
            "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1", "--add-ca", authority.RootPath, "--connect-timeout", "5", "--openssl-timeout", "5",
            "--protocols", "--standard", "--server-defaults", "--pfs", "--heartbleed", "--ccs-injection", "--renegotiation", "--crime", "--poodle", "--sweet32", "--freak", "--logjam", "--robot",
            "--lucky13", "--rc4", "--jsonfile", report, .. target,
        ], mta.Folder);
        Assert.True(File.Exists(report), result.Output + result.Error);
        return [.. JsonDocument.Parse(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken)).RootElement.EnumerateArray()
            .Select(f => (f.GetProperty("id").GetString()!, f.GetProperty("severity").GetString()!, f.GetProperty("finding").GetString()!))];
    }

    [Theory]
    [InlineData("-tls1")]
    [InlineData("-tls1_1")]
    [InlineData("-tls1_2")]
    public async Task Old_versions_are_refused(string version)
    {
        string openssl = Command.Need("openssl", "openssl");
        await using var mta = await MtaProcess.Start("");
        var result = await Command.Run(openssl, ["s_client", "-connect", $"127.0.0.1:{Port(mta)}", "-starttls", "smtp", version, "-cipher", "ALL@SECLEVEL=0"], input: "QUIT\r\n");
        if (version == "-tls1_2") Assert.Contains("Cipher is ECDHE-", result.Output, StringComparison.Ordinal);
        else Assert.Contains("Cipher is (NONE)", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_is_resumed()
    {
        string openssl = Command.Need("openssl", "openssl");
        await using var mta = await MtaProcess.Start("");
        string session = Path.Combine(mta.Folder, "session.pem");
        string[] connect = ["s_client", "-connect", $"127.0.0.1:{Port(mta)}", "-starttls", "smtp", "-servername", "localhost", "-tls1_2"];
        var first = await Command.Run(openssl, [.. connect, "-sess_out", session], input: "QUIT\r\n");
        Assert.Contains("New, TLSv1.2", first.Output, StringComparison.Ordinal);
        Assert.Contains("Reused, TLSv1.2", (await Command.Run(openssl, [.. connect, "-sess_in", session], input: "QUIT\r\n")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operator_sees_the_certificates_and_what_is_wrong_with_them()
    {
        using var certificate = new TestCertificate();
        await using var mta = await MtaProcess.Start(certificate.Offer + "tls.check-interval = 1s");
        Assert.Equal(0, (await mta.Run("tls", "renew", "--config", mta.ConfigPath)).ExitCode);
        var shown = Assert.Single((await List()).EnumerateArray());
        Assert.Equal("file", shown.GetProperty("source").GetString());
        Assert.Equal("localhost", shown.GetProperty("hosts")[0].GetString());
        Assert.Equal("CN=localhost", shown.GetProperty("issuer").GetString());
        await File.WriteAllTextAsync(certificate.KeyPath, "no key", TestContext.Current.CancellationToken);
        await Wait.For(() => mta.Output.Contains("cannot be used, the one before stays in force", StringComparison.Ordinal), TimeSpan.FromSeconds(20), () => mta.Output);
        Assert.Contains("private key", (await List())[0].GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Contains("there is no PEM private key", (await mta.Run("tls", "list", "--config", mta.ConfigPath)).Output, StringComparison.Ordinal);
        using (var client = await StartTlsClient.Connect(mta.SmtpPort, "localhost")) Assert.Equal(certificate.Fingerprint, client.Certificate.GetCertHashString());
        var refused = await mta.Run("tls", "renew", "mx.test", "--config", mta.ConfigPath);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("mta.tls.acme.hosts", refused.Error, StringComparison.Ordinal);
        using var web = new HttpClient();
        string metrics = await web.GetStringAsync(new Uri($"http://127.0.0.1:{mta.HttpPort}/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("mta_tls_certificate_expiry_seconds{", metrics, StringComparison.Ordinal);
        Assert.Matches("mta_tls_certificate_failures_total\\{[^}]*source=\"file\"", metrics);

        async Task<JsonElement> List()
        {
            var result = await mta.Run("tls", "list", "--config", mta.ConfigPath, "--json");
            Assert.True(result.ExitCode == 0, result.Error);
            return JsonDocument.Parse(result.Output).RootElement.GetProperty("certificates");
        }
    }
}
