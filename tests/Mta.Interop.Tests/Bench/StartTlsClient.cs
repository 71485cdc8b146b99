using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mta.Interop.Tests.Bench;

/// <summary>A connection to an SMTP port under TLS, for a look at the certificate that it shows.</summary>
internal sealed class StartTlsClient : IDisposable
{
    private readonly TcpClient _tcp;
    private readonly SslStream _tls;

    private StartTlsClient(TcpClient tcp, SslStream tls) => (_tcp, _tls) = (tcp, tls);

    public X509Certificate2 Certificate => new(_tls.RemoteCertificate!);

    /// <param name="host">The name that is asked for.</param>
    public static async Task<StartTlsClient> Connect(int port, string host)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        var stream = tcp.GetStream();
        await Reply(stream);
        await Say(stream, "EHLO client.test");
        Assert.StartsWith("220", await Say(stream, "STARTTLS"), StringComparison.Ordinal);
        var tls = new SslStream(stream, leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, TestContext.Current.CancellationToken);
        return new(tcp, tls);
    }

    /// <summary>Sends a line; the last line of the reply.</summary>
    public Task<string> Say(string line) => Say(_tls, line);

    private static async Task<string> Say(Stream stream, string line)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), TestContext.Current.CancellationToken);
        return await Reply(stream);
    }

    private static async Task<string> Reply(Stream stream)
    {
        var line = new StringBuilder();
        byte[] octet = new byte[1];
        while (await stream.ReadAsync(octet, TestContext.Current.CancellationToken) == 1)
        {
            if (octet[0] != '\n') line.Append((char)octet[0]);
            else if (line.Length > 3 && line[3] == '-') line.Clear();
            else return line.ToString();
        }
        return line.ToString();
    }

    public void Dispose()
    {
        _tls.Dispose();
        _tcp.Dispose();
    }
}
