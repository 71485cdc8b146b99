using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Mta.Server.Web.ClientSettings;

/// <summary>What Outlook asks a domain for, in its older form with plain XML ([MS-OXDSCLI]).</summary>
internal static class Autodiscover
{
    private const int MaxRequest = 16 * 1024;
    private const string Schemas = "http://schemas.microsoft.com/exchange/autodiscover/";
    private static readonly XNamespace Request = Schemas + "outlook/requestschema/2006", Outer = Schemas + "responseschema/2006", Inner = Schemas + "outlook/responseschema/2006a";

    /// <summary>The address that a request is about, or null where it is none.</summary>
    public static async Task<string?> ReadAddressAsync(Stream request, CancellationToken cancel)
    {
        // no entities, nothing from elsewhere, and an end
        var settings = new XmlReaderSettings { Async = true, DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MaxRequest };
        try
        {
            using var reader = XmlReader.Create(request, settings);
            var document = await XDocument.LoadAsync(reader, LoadOptions.None, cancel);
            return document.Root?.Name == Request + "Autodiscover" ? document.Root.Element(Request + "Request")?.Element(Request + "EMailAddress")?.Value.Trim() : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    public static XDocument Of(string address, IReadOnlyList<MailService> services) => new(
        new XElement(Outer + "Autodiscover",
            new XElement(Inner + "Response",
                new XElement(Inner + "Account",
                    new XElement(Inner + "AccountType", "email"),
                    new XElement(Inner + "Action", "settings"),
                    services.Select(s => new XElement(Inner + "Protocol",
                        new XElement(Inner + "Type", s.Protocol.ToUpperInvariant()),
                        new XElement(Inner + "Server", s.Host),
                        new XElement(Inner + "Port", s.Port.ToString(CultureInfo.InvariantCulture)),
                        new XElement(Inner + "DomainRequired", "off"),
                        new XElement(Inner + "LoginName", address),
                        new XElement(Inner + "SPA", "off"),
                        new XElement(Inner + "SSL", "on"),
                        new XElement(Inner + "Encryption", s.ImplicitTls ? "SSL" : "TLS"),
                        new XElement(Inner + "AuthRequired", "on")))))));
}
