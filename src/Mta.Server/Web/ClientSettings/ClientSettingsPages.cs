using System.Text;
using System.Xml.Linq;
using Mta.Protocol.Addresses;

namespace Mta.Server.Web.ClientSettings;

/// <summary>
/// Where mail programs ask which servers a domain of ours has. For anyone, without a token: it tells the names and ports that the world sees anyway.
/// They ask by HTTPS at autoconfig.DOMAIN, autodiscover.DOMAIN or DOMAIN, so a proxy stands in front.
/// </summary>
internal static class ClientSettingsPages
{
    private const string Prefix = "autoconfig.";

    public static void Map(IEndpointRouteBuilder app, MtaNode node)
    {
        foreach (string path in new[] { "/.well-known/autoconfig/mail/config-v1.1.xml", "/mail/config-v1.1.xml" })
            app.MapGet(path, (string? emailaddress, HttpRequest request) =>
                (emailaddress is null ? LocalHost(node, request.Host.Host) : LocalDomain(node, emailaddress)) is { } domain
                    ? Xml(Autoconfig.Of(domain, MailService.Of(node.Settings)))
                    : NotOurs()).ExcludeFromDescription();
        app.MapPost("/autodiscover/autodiscover.xml", async (HttpRequest request, CancellationToken cancel) =>
            await Autodiscover.ReadAddressAsync(request.Body, cancel) is not { } address ? Results.BadRequest(new Problem("that is no request of Outlook's autodiscover"))
                : LocalDomain(node, address) is null ? NotOurs()
                : Xml(Autodiscover.Of(address, MailService.Of(node.Settings)))).ExcludeFromDescription();
    }

    private static string? LocalDomain(MtaNode node, string address) =>
        address.LastIndexOf('@') is >= 0 and var at && DomainName.Normalize(address[(at + 1)..]) is { } domain && node.Directory.IsLocal(domain) ? domain : null;

    private static string? LocalHost(MtaNode node, string host) =>
        DomainName.Normalize(host.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? host[Prefix.Length..] : host) is { } domain && node.Directory.IsLocal(domain) ? domain : null;

    private static IResult NotOurs() => Results.NotFound(new Problem("that is no address of a domain of ours"));

    private static IResult Xml(XDocument document) => Results.Text("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + document + "\n", "application/xml", Encoding.UTF8);
}
