using System.ComponentModel;
using Mta.Protocol.Addresses;
using Mta.Tls;
using Mta.Tls.Acme;

namespace Mta.Server.Web;

/// <summary>The certificates over HTTP: what <c>mta tls</c> uses.</summary>
internal static class TlsApi
{
    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        var group = api.MapGroup("/tls").WithTags("certificates");
        group.MapGet("", () => Results.Ok(List(node))).Describe<CertificateList>("The certificates, in the order in which they are looked through, and those that are still to come.");
        group.MapPost("/renew", ([Description("One of mta.tls.acme.hosts; all if not given.")] string? host) =>
        {
            node.Certificates.Refresh();
            if (host is not null && DomainName.Normalize(host) is null) return Results.BadRequest(new Problem($"\"{host}\" is not a host name"));
            var hosts = node.Renewal.Renew(host is null ? null : DomainName.Normalize(host));
            return host is not null && hosts.Count == 0
                ? Results.NotFound(new Problem($"no certificate is ordered for {host}: it is not in mta.tls.acme.hosts"))
                : Results.Ok(new RenewingView([.. hosts]));
        }).Describe<RenewingView>("Reads all certificate files again, and orders certificates anew now.", StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);
    }

    private static CertificateList List(MtaNode node)
    {
        var orders = node.Renewal.Describe();
        var present = node.Certificates.Describe();
        return new([
            .. present.Select(c => CertificateView.Of(c, orders.FirstOrDefault(o => IsOf(c, o)))),
            // those that are still to come
            .. orders.Where(o => !present.Any(c => IsOf(c, o))).Select(o => new CertificateView([o.Host], null, CertificateSource.Acme.Name(), null, null, null, null, o.Next, o.Problem)),
        ]);

        static bool IsOf(CertificateStatus certificate, AcmeStatus order) => certificate.Source == CertificateSource.Acme && certificate.Hosts.Contains(order.Host);
    }
}

internal sealed record CertificateList(CertificateView[] Certificates);

/// <summary>Hosts whose certificates are being ordered.</summary>
internal sealed record RenewingView(string[] Hosts);

/// <summary>A certificate as the API shows it; one that is still to come has no issuer.</summary>
internal sealed record CertificateView(
    string[] Hosts, string? Issuer, string Source, string? File, DateTimeOffset? NotBefore, DateTimeOffset? Expires, string? Fingerprint, DateTimeOffset? NextRenewal, string? Problem)
{
    public static CertificateView Of(CertificateStatus c, AcmeStatus? order) => new(
        [.. c.Hosts], c.Issuer, c.Source.Name(), c.File, c.NotBefore, c.NotAfter, c.Fingerprint, order?.Next, c.Problem ?? order?.Problem);
}
