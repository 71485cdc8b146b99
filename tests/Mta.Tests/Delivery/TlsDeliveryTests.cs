using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Mta.Domains;
using Mta.Mail;
using Mta.Tests.Bench;

namespace Mta.Tests.Delivery;

public sealed class TlsDeliveryTests : DeliveryBench
{
    private readonly X509Certificate2 _certificate = SelfSigned();

    [Theory]
    [InlineData("opportunistic")]
    [InlineData("required")]
    public async Task Any_certificate_will_do_where_none_is_asked_for(string tls)
    {
        await using var server = new ScriptedSmtpServer { Certificate = _certificate };
        var domains = Start(Route(server, $", tls = {tls}"));
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.IsType<DeliveryResult.Delivered>(await Outcome(job));
        Assert.True((await server.NextAsync()).IsSecured);
        NothingWasLost();
    }

    [Fact]
    public async Task None_means_none()
    {
        await using var server = new ScriptedSmtpServer { Certificate = _certificate };
        var domains = Start(Route(server, ", tls = none"));
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        await Outcome(job);
        Assert.False((await server.NextAsync()).IsSecured);
        NothingWasLost();
    }

    [Fact]
    public async Task A_certificate_that_proves_nothing_is_refused_where_proof_is_asked_for()
    {
        await using var server = new ScriptedSmtpServer { Certificate = _certificate };
        var domains = Start(Route(server, ", tls = verified"));
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.Equal("4.7.5", Assert.IsType<DeliveryResult.Deferred>(await Outcome(job)).Reply.Enhanced.ToString());
        Assert.False(server.TryNext(out _));
        NothingWasLost();
    }

    [Fact]
    public async Task No_TLS_no_delivery_where_it_is_required()
    {
        await using var server = new ScriptedSmtpServer();
        var domains = Start(Route(server, ", tls = required"));
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.Equal("4.7.4", Assert.IsType<DeliveryResult.Deferred>(await Outcome(job)).Reply.Enhanced.ToString());
        NothingWasLost();
    }

    [Theory]
    [InlineData("opportunistic", true)]
    [InlineData("opportunistic, username = user, password = secret", false)]
    [InlineData("required", false)]
    public async Task A_handshake_that_fails_is_tried_without_TLS_unless_something_is_at_stake(string tls, bool triesAgain)
    {
        await using var server = new ScriptedSmtpServer(async peer =>
        {
            await peer.WriteAsync("220 hi\r\n");
            while (await peer.ReadLineAsync() is { } line)
            {
                string verb = line.Split(' ', ':')[0];
                await peer.WriteAsync(verb switch { "EHLO" => "250-hi\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", "STARTTLS" => "220 go\r\n", "DATA" => "354 go\r\n", _ => "250 ok\r\n" });
                if (verb == "STARTTLS")
                {
                    // takes the hello for a line and leaves
                    await peer.ReadAsync(5);
                    await peer.WriteAsync("this is not TLS\r\n");
                    return;
                }
                if (verb == "DATA") await peer.ReadDataAsync();
                if (verb == "DATA") await peer.WriteAsync("250 queued\r\n");
            }
        });
        var domains = Start(Route(server, $", tls = {tls}") + "\n delivery.initial-concurrency = 1");
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        var result = await Outcome(job);
        if (triesAgain) Assert.IsType<DeliveryResult.Delivered>(result);
        else Assert.Equal("4.7.5", Assert.IsType<DeliveryResult.Deferred>(result).Reply.Enhanced.ToString());
        Assert.Equal(triesAgain ? 2 : 1, server.Accepted);
        NothingWasLost();
    }

    [Fact]
    public async Task What_is_injected_behind_STARTTLS_is_not_taken_for_the_server()
    {
        await using var server = new ScriptedSmtpServer(async peer =>
        {
            await peer.WriteAsync("220 hi\r\n");
            await peer.ReadLineAsync();
            await peer.WriteAsync("250-hi\r\n250 STARTTLS\r\n");
            await peer.ReadLineAsync();
            await peer.WriteAsync("220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n");
            await peer.ReadLineAsync();
        });
        var domains = Start(Route(server) + "\n delivery.initial-concurrency = 1");
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.Equal("4.7.5", Assert.IsType<DeliveryResult.Deferred>(await Outcome(job)).Reply.Enhanced.ToString());
        NothingWasLost();
    }

    [Fact]
    public async Task Credentials_are_sent_under_TLS()
    {
        string? auth = null;
        await using var server = new ScriptedSmtpServer
        {
            Certificate = _certificate,
            Capabilities = ["AUTH PLAIN"],
            Reply = line => line.StartsWith("AUTH", StringComparison.Ordinal) && (auth = line).Length > 0 ? "235 2.7.0 welcome" : null,
        };
        var domains = Start(Route(server, ", username = user, password = secret"));
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.IsType<DeliveryResult.Delivered>(await Outcome(job));
        Assert.Equal("AUTH PLAIN AHVzZXIAc2VjcmV0", auth);
        Assert.True((await server.NextAsync()).IsSecured);
        NothingWasLost();
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=scripted.example", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
