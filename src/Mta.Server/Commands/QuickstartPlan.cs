using System.Net;
using System.Net.Sockets;
using Mta.Dns.Check;

namespace Mta.Server.Commands;

/// <summary>What <c>mta quickstart</c> writes and says.</summary>
/// <param name="Domain">The mail domain, in A-labels.</param>
/// <param name="Host">This machine's name, in A-labels.</param>
/// <param name="Agrees">To the terms of service of Let's Encrypt.</param>
/// <param name="File">Where the configuration goes.</param>
internal sealed record QuickstartPlan(string Domain, string Host, string DataDir, bool Agrees, string File)
{
    public string Configuration() => $$"""
        # A mail server of {{Domain}}. Every key and its reason: mta config describe
        mta {
          # Must resolve to this machine's address, and the address back to it: mta config dnscheck looks.
          hostname = "{{Host}}"
          data-dir = {{Quoted(DataDir)}}

          listeners {
            # Mail from the world, for our domains alone.
            smtp { address = "", port = 25 }
            # Mail from our own users, who sign in: after STARTTLS, and under TLS from the start.
            submission { address = "", port = 587 }
            submissions { address = "", port = 465 }
            # Where they read it.
            imaps { address = "", port = 993 }
            # Health, metrics, the admin API, and what mail programs ask for their settings: keep it on loopback, behind a proxy with HTTPS if others
            # are to reach it.
            http { address = "127.0.0.1", port = 8080 }
          }

        {{Certificate()}}

          relay {
            # Who may send to anywhere without signing in. An entry too many makes an open relay.
            trusted-networks = ["127.0.0.0/8", "::1/128"]

            # Mail for {{Domain}} is taken for the addresses that "mta account" and "mta alias" know. A domain that stands here instead is taken whole, for
            # servers behind this one that know their addresses themselves.
            domains = []

            # The mailboxes of {{Domain}} are here, and everything else goes by MX. Were they another server's, such as Dovecot's on this machine:
            # routes = [ { domain = "{{Domain}}", next-hop = ["127.0.0.1:2424"], protocol = lmtp } ]
          }

          # A resolver on this machine is best; without this line those of /etc/resolv.conf are asked.
          # dns { servers = ["127.0.0.1:53"] }
        }

        """;

    public string NextSteps() => $"""
        Wrote {File}. Next:

          mta config test --config {File}
          mta serve --config {File}                     (as a service: ops/systemd/mta.service)

        While it runs, the first account, and the postmaster that every domain must have:

          mta domain add {Domain} --config {File}
          mta account add YOU@{Domain} --config {File}
          mta alias add postmaster@{Domain} YOU@{Domain} --config {File}

        {(Agrees ? $"A certificate for {Host} is ordered at the first start: port 80 must reach this machine. mta tls list shows it."
            : $"For a certificate that mail programs trust, agree to the terms of Let's Encrypt in {File} (tls.acme), or run this with --agree-to-terms.")}
        Once the records below are published: mta config dnscheck --config {File}

        """;

    /// <summary>The records to publish; only what the program does stands behind them.</summary>
    public string Records(IReadOnlyCollection<IPAddress> addresses)
    {
        string[] v4 = [.. addresses.Where(a => a.AddressFamily == AddressFamily.InterNetwork && PublicAddress.Is(a)).Select(a => a.ToString())];
        string[] v6 = [.. addresses.Where(a => a.AddressFamily == AddressFamily.InterNetworkV6 && PublicAddress.Is(a)).Select(a => a.ToString())];
        if (v4.Length == 0) v4 = ["<the public IPv4 address>"];
        return string.Join('\n', [
            "Publish these DNS records:",
            "",
            .. v4.Select(a => $"  {Host}.  IN A     {a}"),
            .. v6.Select(a => $"  {Host}.  IN AAAA  {a}"),
            $"  {Domain}.  IN MX    10 {Host}.",
            $"  {Domain}.  IN TXT   \"v=spf1 mx -all\"",
            $"  _dmarc.{Domain}.  IN TXT   \"v=DMARC1; p=none; rua=mailto:postmaster@{Domain}\"",
            "",
            $"and let your provider set the reverse name (PTR) of each address to {Host}.",
            "The addresses are the public ones of this machine's interfaces; behind address translation it has another.",
            "",
            "So that mail programs find where to send and to read (RFC 6186, RFC 8314):",
            "",
            $"  _submissions._tcp.{Domain}.  IN SRV   0 1 465 {Host}.",
            $"  _submission._tcp.{Domain}.  IN SRV   10 1 587 {Host}.",
            $"  _imaps._tcp.{Domain}.  IN SRV   0 1 993 {Host}.",
        ]);
    }

    private string Certificate() => Agrees ? $$"""
          # A certificate from Let's Encrypt, renewed in time. The proof that we are {{Host}} is asked for on port 80.
          tls.acme {
            hosts = ["{{Host}}"]
            agree-to-terms = on
            contact = ["postmaster@{{Domain}}"]
          }
        """ : $$"""
          # The certificate is one that we sign ourselves. That is right between servers; people's mail programs complain of it. For one from Let's
          # Encrypt take away the marks, if you agree to its terms of service, https://letsencrypt.org/repository/. Port 80 must reach this machine.
          # tls.acme {
          #   hosts = ["{{Host}}"]
          #   agree-to-terms = on
          #   contact = ["postmaster@{{Domain}}"]
          # }
          # Or files of your own, read again when they change:
          # tls.certificates = [ { certificate = "/etc/mta/cert.pem", key = "/etc/mta/key.pem" } ]
        """;

    // as HOCON, which takes JSON's strings
    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
