using System.Text;
using CsCheck;
using Mta.Protocol.Tests.Pop3;
using Mta.Testing;

namespace Mta.Protocol.Tests.Fuzz;

/// <summary>Whatever the octets and however they are cut: no exception, the same answer, bounded lines, and nothing removed that was not said.</summary>
public class Pop3FuzzTests
{
    private static readonly Gen<int[]> Cuts = Gen.Int[1, 60].Array[0, 20];

    // a session is brought here, and then gets what is fuzzed
    private static readonly string[] States =
        ["", "USER tim\r\n", "AUTH PLAIN\r\n", "AUTH XOAUTH2 ", "USER tim\r\nPASS tanst aaf\r\n", "USER tim\r\nPASS tanst aaf\r\nDELE 2\r\n"];

    [Fact]
    public void Server_session_in_every_state() =>
        Gen.Select(Gen.OneOf(States), Mutations.Of("pop3"), Cuts).Sample((state, octets, cuts) =>
        {
            var script = Transcript.Parse("fuzz", "! in-the-clear\n! without ScramSha256");
            var (whole, cut) = (new Pop3Peer(script), new Pop3Peer(script, piece: 5));
            foreach (var peer in (Pop3Peer[])[whole, cut]) peer.Send(Encoding.ASCII.GetBytes(state));
            int before = whole.Output.Length;
            whole.Send(octets);
            cut.Send(octets, cuts);
            Assert.Equal(whole.Output, cut.Output);
            Assert.Equal(whole.Removed, cut.Removed);
            if (whole.Removed.Count > 0) Assert.EndsWith("+OK bye\r\n", whole.Output, StringComparison.Ordinal);
            Assert.All(whole.Output.Split("\r\n"), line => Assert.InRange(line.Length, 0, 510));
            // the longest answer to the shortest command is a message, or a listing
            Assert.InRange(whole.Output.Length - before, 0, 200 * (octets.Length + 2));
        }, time: Mutations.Seconds);
}
