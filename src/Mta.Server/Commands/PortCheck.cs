using System.Net;
using System.Net.Sockets;
using System.Text;
using Mta.Config;
using Mta.Dns.Check;

namespace Mta.Server.Commands;

/// <summary>Whether our addresses answer on port 25, as far as that can be said from this machine.</summary>
internal static class PortCheck
{
    private const string Name = "port-25";
    private const int Port = 25, MaxAddresses = 4, MaxGreeting = 512;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <param name="connects">Off: only the configuration is looked at.</param>
    public static async Task<IReadOnlyList<DnsFinding>> RunAsync(MtaSettings settings, IReadOnlyList<IPAddress> addresses, bool connects, CancellationToken cancel)
    {
        var findings = new List<DnsFinding>();
        var smtp = settings.Listeners.Where(l => l.Kind == ListenerKind.Smtp).ToArray();
        if (!smtp.Any(l => l.EndPoint.Port == Port && !IPAddress.IsLoopback(l.EndPoint.Address)))
            findings.Add(new(DnsVerdict.Warn, Name, settings.Hostname, "no listener takes mail there for the world",
                "listeners.smtp { address = \"\", port = 25 }, unless a balancer passes port 25 on to here"));
        if (!connects) return findings;
        findings.AddRange(await Task.WhenAll(addresses.Take(MaxAddresses).Select(a => Try(a, settings.Hostname, cancel))));
        return findings;
    }

    private static async Task<DnsFinding> Try(IPAddress address, string hostname, CancellationToken cancel)
    {
        string subject = new IPEndPoint(address, Port).ToString();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limit);
        try
        {
            using var client = new TcpClient(address.AddressFamily);
            await client.ConnectAsync(address, Port, limit.Token);
            string greeting = await Greeting(client.GetStream(), limit.Token);
            return greeting.StartsWith("220 " + hostname, StringComparison.OrdinalIgnoreCase) || greeting.StartsWith("220-" + hostname, StringComparison.OrdinalIgnoreCase)
                ? new(DnsVerdict.Ok, Name, subject, $"answers: {greeting}")
                : new(DnsVerdict.Warn, Name, subject, $"somebody else answers: \"{greeting}\"", "look what listens there, and what address translation leads to");
        }
        catch (Exception e) when (e is SocketException or IOException || e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            return new(DnsVerdict.Warn, Name, subject, $"does not answer from here: {(e is OperationCanceledException ? "timed out" : e.Message)}",
                "start the node and open port 25 in the firewall; many providers block it until they are asked. Try it from another network too");
        }
    }

    private static async Task<string> Greeting(NetworkStream stream, CancellationToken cancel)
    {
        byte[] buffer = new byte[MaxGreeting];
        int length = 0;
        while (length < buffer.Length && !buffer.AsSpan(0, length).Contains((byte)'\n'))
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length), cancel);
            if (read == 0) break;
            length += read;
        }
        return Encoding.Latin1.GetString(buffer, 0, length).Split('\n')[0].TrimEnd('\r');
    }
}
