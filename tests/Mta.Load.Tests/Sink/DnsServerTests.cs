using System.Net;
using System.Security.Cryptography.X509Certificates;
using CsCheck;
using DnsClient;
using DnsClient.Protocol;
using Mta.Load.Dns;
using Mta.Load.Sink;

namespace Mta.Load.Tests.Sink;

public sealed class DnsServerTests : IAsyncLifetime
{
    private static readonly X509Certificate2 Certificate = SelfSigned.Create(["x.test"], TimeProvider.System);
    private DnsServer _server = null!;
    private LookupClient _client = null!;

    public ValueTask InitializeAsync()
    {
        IPAddress[] addresses = [IPAddress.Parse("127.0.1.1"), IPAddress.Parse("127.0.1.2"), IPAddress.IPv6Loopback];
        var world = new World([(Provider("good", ""), 1), (Provider("dead", "dns = servfail"), 1)], addresses, 10);
        _server = DnsServer.Start(new(IPAddress.Loopback, 0), new(world, Certificate), TimeProvider.System);
        _client = new(new LookupClientOptions(_server.EndPoint) { UseCache = false, Retries = 0, Timeout = TimeSpan.FromSeconds(30), ThrowDnsErrors = false });
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static Provider Provider(string name, string profile) => new(Profile.Parse(profile, name), 1, TimeProvider.System);

    private Task<IDnsQueryResponse> Ask(string name, QueryType type) => _client.QueryAsync(name, type, cancellationToken: TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_domain_has_an_exchange_and_the_exchange_an_address()
    {
        int found = 0;
        for (int n = 1; n <= 10; n++)
        {
            var mx = await Ask($"D{n}.test", QueryType.MX);
            if (mx.Header.ResponseCode == DnsHeaderResponseCode.ServerFailure) continue; // one of the dead provider's
            string host = Assert.Single(mx.Answers.MxRecords()).Exchange.Value;
            Assert.EndsWith(".good.test.", host, StringComparison.Ordinal);
            var addresses = (await Ask(host, QueryType.A)).Answers.Concat((await Ask(host, QueryType.AAAA)).Answers);
            Assert.Single(addresses);
            Assert.StartsWith("v=spf1", Assert.Single((await Ask($"d{n}.test", QueryType.TXT)).Answers.TxtRecords()).Text.First(), StringComparison.Ordinal);
            found++;
        }
        Assert.InRange(found, 4, 6);
    }

    [Fact]
    public async Task An_exchange_names_its_certificate()
    {
        var record = Assert.Single((await Ask("_25._tcp.mx1.good.test", QueryType.TLSA)).Answers.OfType<TlsaRecord>());
        Assert.Equal(SelfSigned.Tlsa(Certificate)[3..], record.CertificateAssociationData);
    }

    [Theory]
    [InlineData("d11.test", DnsHeaderResponseCode.NotExistentDomain)]
    [InlineData("d01.test", DnsHeaderResponseCode.NotExistentDomain)]
    [InlineData("nxdomain.test", DnsHeaderResponseCode.NotExistentDomain)]
    [InlineData("x.nxdomain.test", DnsHeaderResponseCode.NotExistentDomain)]
    [InlineData("a.b.servfail.test", DnsHeaderResponseCode.ServerFailure)]
    [InlineData("good.test", DnsHeaderResponseCode.NoError)]
    [InlineData("example.com", DnsHeaderResponseCode.Refused)]
    public async Task Other_names_get_their_code(string name, DnsHeaderResponseCode code)
    {
        var answer = await Ask(name, QueryType.MX);
        Assert.Equal(code, answer.Header.ResponseCode);
        Assert.Empty(answer.Answers);
        Assert.Equal(code is DnsHeaderResponseCode.NotExistentDomain or DnsHeaderResponseCode.NoError ? 1 : 0, answer.Authorities.Count);
    }

    [Theory]
    [InlineData("truncate.test")]
    [InlineData("slow.test")]
    public async Task Some_answers_take_longer(string name) => Assert.Single((await Ask(name, QueryType.MX)).Answers.MxRecords());

    [Fact]
    public async Task Over_udp_alone_a_truncated_answer_has_nothing()
    {
        var client = new LookupClient(new LookupClientOptions(_server.EndPoint) { UseCache = false, UseTcpFallback = false });
        var error = await Assert.ThrowsAsync<DnsResponseException>(() => client.QueryAsync("truncate.test", QueryType.MX, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("truncated", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_null_mx_is_the_root() =>
        Assert.Equal(".", Assert.Single((await Ask("null-mx.test", QueryType.MX)).Answers.MxRecords()).Exchange.Value);

    [Fact]
    public async Task Silence_is_silence_and_does_not_hold_up_others()
    {
        var client = new LookupClient(new LookupClientOptions(_server.EndPoint) { UseCache = false, Retries = 0, Timeout = TimeSpan.FromMilliseconds(200) });
        await Assert.ThrowsAsync<DnsResponseException>(() => client.QueryAsync("timeout.test", QueryType.MX, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Single((await Ask("truncate.test", QueryType.MX)).Answers);
    }

    [Fact]
    public void No_packet_is_too_strange() => Gen.Byte.Array[0, 60].Sample(packet =>
    {
        if (DnsQuery.Parse(packet, out var query) is { } code) Assert.NotEmpty(new DnsAnswer(code, []).Encode(query));
    }, iter: 10_000);
}
