using System.Diagnostics.Metrics;

namespace Mta.Tls;

/// <summary>What is measured of the certificates of one store.</summary>
internal sealed class TlsMetrics : IDisposable
{
    private readonly Meter _meter = new("Mta");
    private readonly Counter<long> _failures;

    public TlsMetrics(Func<IEnumerable<Measurement<double>>> expiry)
    {
        _meter.CreateObservableGauge("mta.tls.certificate.expiry", expiry, "s", "Time until a certificate expires; below zero once it has.");
        _failures = _meter.CreateCounter<long>("mta.tls.certificate.failures", "{failure}", "Certificates that could not be read or renewed, by source: file, acme, self-signed.");
    }

    public void Failed(CertificateSource source) => _failures.Add(1, new KeyValuePair<string, object?>("source", source.Name()));

    public void Dispose() => _meter.Dispose();
}
