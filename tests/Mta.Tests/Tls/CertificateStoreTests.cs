using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Mta.Config;
using Mta.Tests.Smtp;
using Mta.Tls;

namespace Mta.Tests.Tls;

public sealed class CertificateStoreTests : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);
    private const string Seldom = "check-interval = 5d\n"; // where months pass
    private readonly TestPem _pem = new();
    private readonly FakeTimeProvider _clock = new(TestPem.Now);
    private readonly LogLines _log = new();

    public void Dispose() => _pem.Dispose();

    private static TlsSettings Settings(string text) => TlsSettings.From(SmtpServer.Section("mta.tls", text));

    private CertificateStore Open(string text) => CertificateStore.Open(Settings(text), _pem.Folder, "relay.test", _clock, _log);

    private static async Task<string> Shown(CertificateStore store, string? host)
    {
        using var peers = await TlsPeers.ShakeHands(store.Choose()!, host);
        return peers.Fingerprint;
    }

    [Fact]
    public async Task The_name_that_the_client_asks_for_decides()
    {
        string first = _pem.Write("first", ["mx.first.test", "MAIL.first.test"]), second = _pem.Write("second", ["mx.second.test"]);
        using var store = Open($"certificates = [ {_pem.Entry("first")}, {_pem.Entry("second")} ]");
        Assert.Equal(first, await Shown(store, "mx.first.test"));
        Assert.Equal(first, await Shown(store, "mail.first.test"));
        Assert.Equal(second, await Shown(store, "mx.second.test"));
        Assert.Equal(second, await Shown(store, "MX.Second.test"));
        Assert.Equal(first, await Shown(store, "somebody.else.test"));
        Assert.Equal(first, await Shown(store, null));
    }

    [Theory]
    [InlineData("mx.example.test", true)]
    [InlineData("other.example.test", true)]
    [InlineData("exact.example.test", false)]
    [InlineData("example.test", false)]
    [InlineData("a.mx.example.test", false)]
    [InlineData("mxexample.test", false)]
    public async Task A_wildcard_stands_for_one_whole_label(string host, bool matches)
    {
        _pem.Write("default", ["default.test", "exact.example.test"]);
        string wildcard = _pem.Write("wildcard", ["*.example.test"]);
        using var store = Open($"certificates = [ {_pem.Entry("default")}, {_pem.Entry("wildcard")} ]");
        Assert.Equal(matches, await Shown(store, host) == wildcard);
    }

    [Theory]
    [InlineData("m*.example.test", "mx.example.test")]
    [InlineData("mx.*.test", "mx.example.test")]
    [InlineData("*.*.test", "mx.example.test")]
    [InlineData("*", "test")]
    public async Task A_wildcard_elsewhere_matches_nothing(string name, string host)
    {
        string first = _pem.Write("default", ["default.test"]);
        _pem.Write("wildcard", [name]);
        using var store = Open($"certificates = [ {_pem.Entry("default")}, {_pem.Entry("wildcard")} ]");
        Assert.Equal(first, await Shown(store, host));
    }

    [Fact]
    public async Task The_common_name_does_not_count_and_hosts_replace_the_names()
    {
        string first = _pem.Write("first", ["first.test"]), second = _pem.Write("second", ["second.test"]);
        using var store = Open($"certificates = [ {_pem.Entry("first")}, {_pem.Entry("second", ", hosts = [\"*.Bücher.test\"]")} ]");
        Assert.Equal(first, await Shown(store, "common.name.test"));
        Assert.Equal(first, await Shown(store, "second.test"));
        Assert.Equal(second, await Shown(store, "mx.xn--bcher-kva.test"));
    }

    [Fact]
    public async Task An_expired_one_gives_way_to_a_valid_one()
    {
        string old = _pem.Write("old", ["mx.test"], to: TestPem.Now.AddDays(10)), fresh = _pem.Write("fresh", ["mx.test"]);
        using var store = Open(Seldom + $"certificates = [ {_pem.Entry("old")}, {_pem.Entry("fresh")} ]");
        Assert.Equal(old, await Shown(store, "mx.test"));
        _clock.Advance(TimeSpan.FromDays(11));
        Assert.Equal(fresh, await Shown(store, "mx.test"));
        Assert.Equal(fresh, await Shown(store, "else.test"));
        _clock.Advance(TimeSpan.FromDays(365));
        Assert.Equal(old, await Shown(store, "mx.test"));
    }

    [Fact]
    public async Task A_new_file_is_taken_into_use_while_connections_are_open()
    {
        string old = _pem.Write("mx", ["mx.test"]);
        using var store = Open($"certificates = [ {_pem.Entry("mx")} ]");
        var choose = store.Choose()!;
        using var open = await TlsPeers.ShakeHands(choose, "mx.test");
        string fresh = _pem.Write("mx", ["mx.test"]);
        Assert.Equal(old, await Shown(store, "mx.test"));
        _clock.Advance(Look);
        using var next = await TlsPeers.ShakeHands(choose, "mx.test");
        Assert.Equal((old, fresh), (open.Fingerprint, next.Fingerprint));
        await open.Talk();
        await next.Talk();
    }

    [Fact]
    public async Task A_broken_file_never_replaces_a_good_one()
    {
        string good = _pem.Write("mx", ["mx.test"]);
        using var store = Open($"certificates = [ {_pem.Entry("mx")} ]");
        var (certificate, key, fresh) = TestPem.Create(["mx.test"], TestPem.Now.AddDays(-1), TestPem.Now.AddDays(90));
        foreach (string broken in new[] { "", "garbage", certificate[..(certificate.Length / 2)], certificate })
        {
            await File.WriteAllTextAsync(_pem.At("mx.pem"), broken, TestContext.Current.CancellationToken);
            _clock.Advance(Look);
            Assert.Equal(good, await Shown(store, "mx.test"));
            Assert.NotNull(store.Describe().Single().Problem);
        }
        int complaints = _log.Count(LogLevel.Error);
        _clock.Advance(Look * 10);
        Assert.Equal(complaints, _log.Count(LogLevel.Error));
        Assert.Contains(_log.Lines, l => l.Text.Contains("mx.pem cannot be used", StringComparison.Ordinal));
        File.Delete(_pem.At("mx.pem"));
        _clock.Advance(Look);
        Assert.Equal(good, await Shown(store, "mx.test"));

        await File.WriteAllTextAsync(_pem.At("mx.pem"), certificate, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_pem.At("mx.key"), key, TestContext.Current.CancellationToken);
        _clock.Advance(Look);
        Assert.Equal(fresh, await Shown(store, "mx.test"));
        Assert.Null(store.Describe().Single().Problem);
    }

    [Fact]
    public async Task A_reload_with_something_wrong_changes_nothing()
    {
        string first = _pem.Write("first", ["first.test"]), second = _pem.Write("second", ["second.test"]);
        using var store = Open($"certificates = [ {_pem.Entry("first")} ]");
        var error = Assert.Throws<ConfigException>(() => store.Reload(Settings($"certificates = [ {_pem.Entry("second")}, {_pem.Entry("absent")} ]")));
        Assert.StartsWith("mta.tls.certificates[1].certificate and key cannot be used", error.Message, StringComparison.Ordinal);
        Assert.Equal(first, await Shown(store, "second.test"));
        store.Reload(Settings($"certificates = [ {_pem.Entry("second")} ]"));
        Assert.Equal(second, await Shown(store, "first.test"));
    }

    [Fact]
    public void A_key_of_another_certificate_is_an_error_at_the_start()
    {
        _pem.Write("mx", ["mx.test"]);
        _pem.Write("other", ["mx.test"]);
        File.Copy(_pem.At("other.key"), _pem.At("mx.key"), overwrite: true);
        Assert.Throws<ConfigException>(() => Open($"certificates = [ {_pem.Entry("mx")} ]"));
    }

    [Fact]
    public void The_time_left_is_measured()
    {
        _pem.Write("mx", ["mx.metric.test"], to: TestPem.Now.AddDays(90));
        using var store = Open(Seldom + $"certificates = [ {_pem.Entry("mx")} ]");
        Assert.Equal(TimeSpan.FromDays(90).TotalSeconds, Expiry());
        _clock.Advance(TimeSpan.FromDays(91));
        Assert.Equal(-TimeSpan.FromDays(1).TotalSeconds, Expiry());

        static double Expiry()
        {
            var seen = new List<double>();
            using var listener = new MeterListener();
            listener.InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Name == "mta.tls.certificate.expiry") l.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<double>((_, value, tags, _) =>
            {
                if (tags.ToArray().Any(t => t is { Key: "host", Value: "mx.metric.test" })) seen.Add(value);
            });
            listener.Start();
            listener.RecordObservableInstruments();
            return Assert.Single(seen);
        }
    }

    [Fact]
    public async Task Without_any_there_is_one_of_our_own_that_is_renewed_in_time_and_keeps_its_key()
    {
        string first;
        string path = Path.Combine(_pem.Folder, "tls", "localhost.pem");
        using (var store = Open(Seldom))
        {
            first = await Shown(store, "localhost");
            Assert.Equal(first, await Shown(store, "relay.test"));
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
            }
            using var peers = await TlsPeers.ShakeHands(store.Choose()!, "localhost");
            using var certificate = new System.Security.Cryptography.X509Certificates.X509Certificate2(peers.Client.RemoteCertificate!);
            Assert.True(certificate.MatchesHostname("127.0.0.1") && certificate.MatchesHostname("::1") && certificate.MatchesHostname("relay.test") && certificate.MatchesHostname("localhost"));
            Assert.Equal("1.2.840.10045.2.1", certificate.PublicKey.Oid.Value);
        }
        string key = Key(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        using (var again = Open(Seldom))
        {
            Assert.Equal(first, await Shown(again, "localhost"));
            _clock.Advance(TimeSpan.FromDays(340));
            Assert.NotEqual(first, await Shown(again, "localhost"));
            Assert.True(again.Describe().Single().NotAfter > _clock.GetUtcNow().AddDays(300));
            Assert.Equal(key, Key(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)));
        }
        await File.WriteAllTextAsync(path, "cut short by a power cut", TestContext.Current.CancellationToken);
        using var mended = Open(Seldom);
        Assert.NotEqual(first, await Shown(mended, "localhost"));

        static string Key(string pem) => pem[..pem.IndexOf("-----END PRIVATE KEY", StringComparison.Ordinal)];
    }

    [Fact]
    public void Switched_off_there_is_no_tls() => Assert.Null(Open("self-signed = off").Choose());

    [Fact]
    public async Task A_listener_with_protocols_refuses_those_who_ask_for_others_alone()
    {
        using var store = Open("");
        SslApplicationProtocol imap = new("imap"), web = new("http/1.1");
        using (var peers = await TlsPeers.ShakeHands(store.Choose(imap)!, "localhost", alpn: [imap])) Assert.Equal(imap, peers.Client.NegotiatedApplicationProtocol);
        using (await TlsPeers.ShakeHands(store.Choose(imap)!, "localhost")) { }
        using (await TlsPeers.ShakeHands(store.Choose()!, "localhost", alpn: [web])) { }
        await Assert.ThrowsAnyAsync<AuthenticationException>(() => TlsPeers.ShakeHands(store.Choose(imap)!, "localhost", alpn: [web]));
    }

    [Theory]
    [InlineData("1.2", SslProtocols.Tls12, true)]
    [InlineData("1.2", SslProtocols.Tls13, true)]
    [InlineData("1.3", SslProtocols.Tls12, false)]
    [InlineData("1.3", SslProtocols.Tls13, true)]
    public async Task The_least_version_holds(string min, SslProtocols asked, bool taken)
    {
        using var store = Open($"min-version = {min}");
        if (!taken) await Assert.ThrowsAnyAsync<AuthenticationException>(() => TlsPeers.ShakeHands(store.Choose()!, "localhost", asked));
        else
        {
            using var peers = await TlsPeers.ShakeHands(store.Choose()!, "localhost", asked);
            Assert.Equal(asked, peers.Client.SslProtocol);
        }
    }

    [Fact]
    public async Task Cipher_suites_can_be_named()
    {
        using var store = Open("ciphers = [ TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 ]");
        using var peers = await TlsPeers.ShakeHands(store.Choose()!, "localhost", SslProtocols.Tls12);
        Assert.Equal(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, peers.Client.NegotiatedCipherSuite);
    }

    [Theory]
    [InlineData("certificates = [ { key = \"x\" } ]", "mta.tls.certificates[0].certificate is missing")]
    [InlineData("certificates = [ { certificate = \"x\", hosts = [\"a_b\"] } ]", "mta.tls.certificates[0].hosts holds \"a_b\"")]
    [InlineData("min-version = 1.1", "mta.tls.min-version must be 1.2 or 1.3")]
    [InlineData("ciphers = [ RC4 ]", "mta.tls.ciphers holds \"RC4\"")]
    [InlineData("ciphers = [ TLS_RSA_WITH_AES_128_GCM_SHA256 ]", "mta.tls.ciphers holds \"TLS_RSA_WITH_AES_128_GCM_SHA256\"")]
    [InlineData("min-version = 1.3, ciphers = [ TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 ]", "mta.tls.ciphers names none of TLS 1.3")]
    [InlineData("check-interval = 0s", "mta.tls.check-interval must be 1s or more")]
    [InlineData("acme.hosts = [ mx.test ]", "mta.tls.acme.agree-to-terms must be set")]
    [InlineData("acme { hosts = [ \"*.test\" ], agree-to-terms = on }", "mta.tls.acme.hosts holds \"*.test\": names with a wildcard")]
    [InlineData("acme { hosts = [ \"192.0.2.1\" ], agree-to-terms = on }", "mta.tls.acme.hosts holds \"192.0.2.1\"")]
    [InlineData("acme { hosts = [ \"../x\" ], agree-to-terms = on }", "mta.tls.acme.hosts holds \"../x\"")]
    [InlineData("acme { hosts = [ mx.test ], agree-to-terms = on, directory = \"http://ca.test/\" }", "mta.tls.acme.directory must be an https URL")]
    [InlineData("acme { hosts = [ mx.test ], agree-to-terms = on, challenge = dns-01 }", "mta.tls.acme.challenge must be one of")]
    [InlineData("acme { hosts = [ mx.test ], agree-to-terms = on, external-account.key-id = a }", "mta.tls.acme.external-account.mac-key or mac-key-file goes with")]
    [InlineData("acme { hosts = [ mx.test ], agree-to-terms = on, external-account { key-id = a, mac-key = \"+/=\" } }", "mta.tls.acme.external-account.mac-key must be base64url")]
    [InlineData("acme { hosts = [ mx.test ], agree-to-terms = on, ca-file = \"/absent\" }", "mta.tls.acme.ca-file cannot be used")]
    [InlineData("acme { hosts = [ mx.test ], agree-to-terms = on, back-off.min = 1d }", "mta.tls.acme.back-off.min must be")]
    public void Says_what_is_wrong(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<ConfigException>(() => Settings(text)).Message, StringComparison.Ordinal);

    private sealed class LogLines : ILogger
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = new();

        public int Count(LogLevel level) => Lines.Count(l => l.Level == level);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue((logLevel, formatter(state, exception)));
    }
}
