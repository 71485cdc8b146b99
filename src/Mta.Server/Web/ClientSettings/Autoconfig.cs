using System.Globalization;
using System.Xml.Linq;

namespace Mta.Server.Web.ClientSettings;

/// <summary>The file in which Thunderbird, and others after it, look for a domain's mail servers (config-v1.1.xml).</summary>
internal static class Autoconfig
{
    public static XDocument Of(string domain, IReadOnlyList<MailService> services) => new(
        new XElement("clientConfig", new XAttribute("version", "1.1"),
            new XElement("emailProvider", new XAttribute("id", domain),
                new XElement("domain", domain),
                new XElement("displayName", domain),
                new XElement("displayShortName", domain),
                services.Select(s => new XElement(s.Direction == MailDirection.Incoming ? "incomingServer" : "outgoingServer", new XAttribute("type", s.Protocol),
                    new XElement("hostname", s.Host),
                    new XElement("port", s.Port.ToString(CultureInfo.InvariantCulture)),
                    new XElement("socketType", s.ImplicitTls ? "SSL" : "STARTTLS"),
                    // the program puts the address here
                    new XElement("username", "%EMAILADDRESS%"),
                    new XElement("authentication", s.TakesPasswords ? "password-cleartext" : "password-encrypted"))))));
}
