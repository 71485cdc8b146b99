using System.Net;
using System.Text;
using System.Xml.Linq;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Web;

/// <summary>What mail programs are told of our servers.</summary>
public sealed class ClientSettingsTests
{
    private const string Request = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006";
    private static readonly XNamespace Answer = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<WebNode> Start(string config = "")
    {
        int submission = MtaProcess.FreePort(), submissions = MtaProcess.FreePort();
        var web = await WebNode.Start($$"""
            listeners.submission { address = "127.0.0.1", port = {{submission}} }
            listeners.tls { kind = submissions, address = "127.0.0.1", port = {{submissions}} }
            {{config}}
            """);
        await web.Node.Accounts.Domains.AddAsync("example.test", null, Cancel);
        return web;
    }

    private static async Task<XDocument> Get(WebNode web, string path, string? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Host = host;
        using var response = await web.Client.SendAsync(request, Cancel);
        Assert.Equal((HttpStatusCode.OK, "application/xml"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        return XDocument.Parse(await response.Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [InlineData("/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=ann%40example.test", null)]
    [InlineData("/mail/config-v1.1.xml?emailaddress=Ann@EXAMPLE.test", null)]
    [InlineData("/mail/config-v1.1.xml", "autoconfig.example.test")]
    [InlineData("/.well-known/autoconfig/mail/config-v1.1.xml", "example.test")]
    public async Task Thunderbird_finds_the_listeners_the_safest_first(string path, string? host)
    {
        await using var web = await Start();
        var root = (await Get(web, path, host)).Root!;
        Assert.Equal(("clientConfig", "1.1"), (root.Name.LocalName, root.Attribute("version")!.Value));
        var provider = root.Element("emailProvider")!;
        Assert.Equal(("example.test", "example.test"), (provider.Attribute("id")!.Value, provider.Element("domain")!.Value));
        Assert.Equal(["SSL", "STARTTLS"], provider.Elements("outgoingServer").Select(s => s.Element("socketType")!.Value));
        Assert.All(provider.Elements("outgoingServer"), s =>
        {
            Assert.Equal(("smtp", "mail.example.test", "%EMAILADDRESS%", "password-cleartext"),
                (s.Attribute("type")!.Value, s.Element("hostname")!.Value, s.Element("username")!.Value, s.Element("authentication")!.Value));
            Assert.True(MtaProcess.CanConnect(int.Parse(s.Element("port")!.Value, System.Globalization.CultureInfo.InvariantCulture)));
        });
    }

    [Theory]
    [InlineData("", "password-cleartext")]
    [InlineData("pop3.mechanisms = [ \"SCRAM-SHA-256\" ]", "password-encrypted")]
    public async Task Mailboxes_by_POP3_are_named_where_there_is_a_listener(string config, string authentication)
    {
        int pop3 = MtaProcess.FreePort(), pop3s = MtaProcess.FreePort();
        await using var web = await Start($$"""
            listeners.pop3 { address = "127.0.0.1", port = {{pop3}} }
            listeners.pop3s { address = "127.0.0.1", port = {{pop3s}} }
            {{config}}
            """);
        string[] incoming = [.. (await Get(web, "/mail/config-v1.1.xml?emailaddress=ann@example.test")).Descendants("incomingServer")
            .Select(s => $"{s.Attribute("type")!.Value} {s.Element("port")!.Value} {s.Element("socketType")!.Value} {s.Element("authentication")!.Value}")];
        Assert.Equal([$"pop3 {pop3s} SSL {authentication}", $"pop3 {pop3} STARTTLS {authentication}"], incoming);
        using var response = await Post(web, $"<Autodiscover xmlns=\"{Request}\"><Request><EMailAddress>ann@example.test</EMailAddress></Request></Autodiscover>");
        var protocols = XDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).Descendants(Answer + "Protocol");
        Assert.Equal([$"POP3 {pop3s} SSL", $"POP3 {pop3} TLS"], protocols.Where(p => p.Element(Answer + "Type")!.Value == "POP3").Select(p => $"POP3 {p.Element(Answer + "Port")!.Value} {p.Element(Answer + "Encryption")!.Value}"));
    }

    [Fact]
    public async Task Where_passwords_may_not_be_sent_as_they_are_it_says_so()
    {
        await using var web = await Start("submission.mechanisms = [ \"SCRAM-SHA-256\" ]");
        var servers = (await Get(web, "/mail/config-v1.1.xml?emailaddress=ann@example.test")).Descendants("outgoingServer").ToArray();
        Assert.All(servers, s => Assert.Equal("password-encrypted", s.Element("authentication")!.Value));
    }

    [Fact]
    public async Task Outlook_finds_them_too()
    {
        await using var web = await Start();
        using var response = await Post(web, $"<Autodiscover xmlns=\"{Request}\"><Request><EMailAddress>ann@example.test</EMailAddress></Request></Autodiscover>");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var protocols = XDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).Descendants(Answer + "Protocol").ToArray();
        Assert.Equal(["SSL", "TLS"], protocols.Select(p => p.Element(Answer + "Encryption")!.Value));
        Assert.All(protocols, p => Assert.Equal(("SMTP", "mail.example.test", "ann@example.test"),
            (p.Element(Answer + "Type")!.Value, p.Element(Answer + "Server")!.Value, p.Element(Answer + "LoginName")!.Value)));
    }

    [Theory]
    [InlineData("/mail/config-v1.1.xml?emailaddress=ann@else.test")]
    [InlineData("/mail/config-v1.1.xml?emailaddress=ann")]
    [InlineData("/mail/config-v1.1.xml?emailaddress=")]
    [InlineData("/mail/config-v1.1.xml?emailaddress=ann@example.test%22%3E%3Cx")]
    [InlineData("/mail/config-v1.1.xml")]
    public async Task Other_domains_are_nobodys(string path)
    {
        await using var web = await Start();
        Assert.Equal(HttpStatusCode.NotFound, (await web.Client.GetAsync(new Uri(path, UriKind.Relative), Cancel)).StatusCode);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "")]
    [InlineData(HttpStatusCode.BadRequest, "no xml")]
    [InlineData(HttpStatusCode.BadRequest, "<Autodiscover/>")]
    [InlineData(HttpStatusCode.BadRequest, "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><Autodiscover xmlns=\"" + Request + "\"><Request><EMailAddress>&e;</EMailAddress></Request></Autodiscover>")]
    [InlineData(HttpStatusCode.NotFound, "<Autodiscover xmlns=\"" + Request + "\"><Request><EMailAddress>ann@else.test</EMailAddress></Request></Autodiscover>")]
    public async Task What_outlook_would_not_say_is_refused(HttpStatusCode status, string body)
    {
        await using var web = await Start();
        using var response = await Post(web, body);
        Assert.Equal(status, response.StatusCode);
        Assert.DoesNotContain("root:", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> Post(WebNode web, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "text/xml");
        return await web.Client.PostAsync(new Uri("/Autodiscover/Autodiscover.xml", UriKind.Relative), content, Cancel);
    }
}
