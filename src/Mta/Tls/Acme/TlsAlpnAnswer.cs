using System.Formats.Asn1;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mta.Tls.Acme;

/// <summary>
/// The handshake of tls-alpn-01 (RFC 8737): to who asks for the protocol <c>acme-tls/1</c> and our name, a certificate that holds the answer. No octet is
/// exchanged under it, and the port is open while an order is under way only.
/// </summary>
internal sealed class TlsAlpnAnswer : IChallengeAnswer
{
    /// <summary>RFC 8737 §6.1: id-pe-acmeIdentifier</summary>
    public const string Identifier = "1.3.6.1.5.5.7.1.31";
    private const int Backlog = 64, MaxConnections = 64;
    private static readonly SslApplicationProtocol Protocol = new("acme-tls/1");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10), Lifetime = TimeSpan.FromDays(7);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromSeconds(1);
    private readonly Socket _socket;
    private readonly X509Certificate2 _certificate;
    private readonly SslServerAuthenticationOptions _options;
    private readonly string _host;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places = new(MaxConnections);
    private readonly Task _serving;
    private int _answered;

    private TlsAlpnAnswer(Socket socket, string host, X509Certificate2 certificate, TimeProvider clock)
    {
        (_socket, _host, _certificate) = (socket, host, certificate);
        _options = new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
            ApplicationProtocols = [Protocol],
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13, // RFC 8737 §3: 1.2 or later
            AllowRenegotiation = false,
        };
        _serving = ServeAsync(_socket.AcceptAsync, AnswerAsync, _places, clock, _stop.Token);
    }

    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Where it listens.</summary>
    public IPEndPoint Local => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Listens; throws <see cref="SocketException"/> where the port is taken or not ours to take.</summary>
    public static TlsAlpnAnswer Start(IPEndPoint listen, string host, string keyAuthorization, TimeProvider clock)
    {
        var socket = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (listen.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(listen);
            socket.Listen(Backlog);
            return new(socket, host, Certificate(host, keyAuthorization, clock.GetUtcNow()), clock);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>RFC 8737 §3: self-signed, for this one name, with the digest of the key authorization in a critical extension.</summary>
    internal static X509Certificate2 Certificate(string host, string keyAuthorization, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=acme-tls/1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteOctetString(SHA256.HashData(Encoding.ASCII.GetBytes(keyAuthorization)));
        request.CertificateExtensions.Add(new X509Extension(Identifier, writer.Encode(), critical: true));
        return request.CreateSelfSigned(now.AddHours(-1), now + Lifetime);
    }

    /// <summary>
    /// Takes connections until it is told to stop. What fails once may fail at once again (no descriptors left): so it waits, longer each time.
    /// </summary>
    /// <param name="answer">Gives the place back.</param>
    internal static async Task ServeAsync(
        Func<CancellationToken, ValueTask<Socket>> accept, Action<Socket> answer, SemaphoreSlim places, TimeProvider clock, CancellationToken stop)
    {
        var pause = FirstPause;
        while (true)
        {
            try
            {
                await places.WaitAsync(stop).ConfigureAwait(false);
                try
                {
                    answer(await accept(stop).ConfigureAwait(false));
                    pause = FirstPause;
                }
                catch (SocketException)
                {
                    places.Release();
                    await Task.Delay(pause, clock, stop).ConfigureAwait(false);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async void AnswerAsync(Socket client)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            limit.CancelAfter(Limit);
            var tls = new SslStream(new NetworkStream(client, ownsSocket: true));
            await using var _ = tls.ConfigureAwait(false);
            await tls.AuthenticateAsServerAsync(
                (_, hello, _, _) => HostNames.Normalize(hello.ServerName) == _host ? ValueTask.FromResult(_options)
                    : throw new AuthenticationException("a name that was not asked for"),
                null, limit.Token).ConfigureAwait(false);
            if (tls.NegotiatedApplicationProtocol != Protocol) return;
            Interlocked.Increment(ref _answered);
            await tls.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // a scanner, or a client in trouble: the authority tells if it was its question
        }
        finally
        {
            client.Dispose();
            try
            {
                _places.Release();
            }
            catch (ObjectDisposedException)
            {
                // we have stopped
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _serving.ConfigureAwait(false);
        _stop.Dispose();
        _places.Dispose();
        _certificate.Dispose();
    }
}
