using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mta.Tests.Tls;

/// <summary>A client and a server that have shaken hands over loopback.</summary>
internal sealed class TlsPeers : IDisposable
{
    private TlsPeers(SslStream client, SslStream server) => (Client, Server) = (client, server);

    public SslStream Client { get; }
    public SslStream Server { get; }

    /// <summary>SHA-256 of the certificate that the client was shown.</summary>
    public string Fingerprint => Client.RemoteCertificate!.GetCertHashString(HashAlgorithmName.SHA256);

    /// <summary>Throws what the client sees of a handshake that fails.</summary>
    public static async Task<TlsPeers> ShakeHands(
        ServerOptionsSelectionCallback choose, string? host, SslProtocols protocols = SslProtocols.None, SslApplicationProtocol[]? alpn = null)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new SslStream(await ConnectAsync((IPEndPoint)listener.LocalEndpoint), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        var server = new SslStream(new NetworkStream(await listener.AcceptSocketAsync(TestContext.Current.CancellationToken), ownsSocket: true));
        var serving = ServeAsync(server, choose);
        try
        {
            await client.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = host ?? "", EnabledSslProtocols = protocols, ApplicationProtocols = alpn is null ? null : [.. alpn] },
                TestContext.Current.CancellationToken);
            await serving;
            return new(client, server);
        }
        catch
        {
            client.Dispose();
            server.Dispose();
            throw;
        }
    }

    public static async Task<NetworkStream> ConnectAsync(IPEndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(to, TestContext.Current.CancellationToken);
        return new(socket, ownsSocket: true);
    }

    private static async Task ServeAsync(SslStream server, ServerOptionsSelectionCallback choose)
    {
        try
        {
            await server.AuthenticateAsServerAsync(choose, null, TestContext.Current.CancellationToken);
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>An octet each way.</summary>
    public async Task Talk()
    {
        byte[] octet = [42];
        await Client.WriteAsync(octet, TestContext.Current.CancellationToken);
        await Server.ReadExactlyAsync(octet, TestContext.Current.CancellationToken);
        await Server.WriteAsync(octet, TestContext.Current.CancellationToken);
        await Client.ReadExactlyAsync(octet, TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
