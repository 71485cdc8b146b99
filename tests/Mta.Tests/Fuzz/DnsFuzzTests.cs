using System.Net;
using System.Net.Sockets;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Mta.Config;
using Mta.Dns;
using Mta.Testing;

namespace Mta.Tests.Fuzz;

/// <summary>Whatever a name server answers: hosts that were in a whole answer, or a reason; never an exception, and never a bounce for nonsense.</summary>
public sealed class DnsFuzzTests
{
    private const int QuestionAt = 12;

    // behind the question: an MX, an alias and its MX, addresses, nothing with an SOA; names as pointers to the question
    private static readonly byte[][] Answers =
    [
        Answer(1, 0, "C00C 000F 0001 0000012C 0006 000A 0161 C00C".Hex()),
        Answer(2, 0, "C00C 0005 0001 0000012C 0004 0161 C00C".Hex(), "0161 C00C 000F 0001 0000012C 0006 0014 0162 C00C".Hex()),
        Answer(2, 0, "C00C 0001 0001 0000012C 0004 C0000201".Hex(), "C00C 001C 0001 0000012C 0010 20010DB8000000000000000000000001".Hex()),
        Answer(0, 1, "C00C 0006 0001 0000012C 0018 0161C00C 0162C00C 00000001 00000E10 00000384 00093A80 0000003C".Hex()),
        Answer(1, 0, "C00C 000F 0001 0000012C 0003 0000 00".Hex()),
    ];

    [Fact]
    public async Task An_answer()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        // over TCP, to which a cut answer leads, it says nothing
        byte[] answer = [];
        using var stop = new CancellationTokenSource();
        var serving = Serve(server, () => answer, stop.Token);
        var settings = DnsSettings.From(ConfigFile.Parse(
            $"mta.dns {{ servers = [\"{server.Client.LocalEndPoint}\"], timeout = 50ms, tries = 1 }}", "test").Mta.Section("dns"));
        await Mutations.Of(Answers).SampleAsync(async octets =>
        {
            answer = octets;
            var lookup = new MxLookup(settings, "relay.test", new FakeTimeProvider());
            // returning is what is asked for; what is found must be usable
            if (await lookup.LookupMxAsync("dst.test", stop.Token) is MxResult.Found found)
            {
                Assert.InRange(found.Hosts.Length, 1, 20);
                Assert.All(found.Hosts, host => Assert.InRange(host.Addresses.Length, 1, 20));
                Assert.InRange(found.ValidFor, TimeSpan.Zero, TimeSpan.FromHours(1));
            }
        }, time: Mutations.Seconds, threads: 1);
        await stop.CancelAsync();
        await serving;
    }

    /// <summary>The header without its id, counts, and what follows the question.</summary>
    private static byte[] Answer(byte answers, byte authorities, params byte[][] records) =>
        [0x81, 0x80, 0, 1, 0, answers, 0, authorities, 0, 0, .. records.SelectMany(r => r)];

    private static async Task Serve(UdpClient server, Func<byte[]> answer, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var query = await server.ReceiveAsync(stop);
                int end = query.Buffer.AsSpan(QuestionAt).IndexOf((byte)0) + QuestionAt + 5;
                byte[] octets = answer();
                int header = Math.Min(octets.Length, QuestionAt - 2);
                // the id and the question are the client's: without them nothing gets past its first look
                await server.SendAsync((byte[])[.. query.Buffer[..2], .. octets[..header], .. query.Buffer[QuestionAt..end], .. octets[header..]], query.RemoteEndPoint, stop);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}

file static class Octets
{
    public static byte[] Hex(this string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
