using System.Text;
using CsCheck;
using Mta.Protocol.Imap;
using Mta.Protocol.Tests.Imap;
using Mta.Testing;

namespace Mta.Protocol.Tests.Fuzz;

/// <summary>Whatever a client sends and however it is cut: no exception, the same commands, bounded output, and names that can be written again.</summary>
public class ImapFuzzTests
{
    private static readonly Gen<int[]> Cuts = Gen.Int[1, 60].Array[0, 20];

    private static readonly Gen<ImapStates> States = Gen.OneOf(ImapStates.NotAuthenticated, ImapStates.Authenticated, ImapStates.Selected);

    // so small that each limit is met
    private static readonly ImapReaderOptions Narrow = new() { MaxLine = 300, MaxLiterals = 40, MaxCommand = 320, MaxResponseLine = 60, MaxNonSynchronizing = 50, MaxSkipped = 200 };

    [Fact]
    public void Commands_in_every_state() =>
        Gen.Select(Mutations.Of("imap"), Cuts, States, Gen.Bool, Gen.Bool).Sample((octets, cuts, state, utf8, isNarrow) =>
        {
            var options = isNarrow ? Narrow : ImapReaderOptions.SignedIn;
            var (whole, cut) = (new ImapPeer(options, state) { Reader = { Utf8 = utf8 } }, new ImapPeer(options, state) { Reader = { Utf8 = utf8 } });
            whole.Send(octets);
            for (int at = 0, i = 0; at < octets.Length; i++)
            {
                int length = Math.Min(i < cuts.Length ? cuts[i] : octets.Length, octets.Length - at);
                cut.Send(octets.AsSpan(at, length));
                at += length;
            }
            Assert.Equal(whole.Output, cut.Output);
            Assert.InRange(whole.Output.Length, 0, 20_000 + 200 * octets.Length);
        }, time: Mutations.Seconds);

    [Fact]
    public void Names_of_mailboxes() =>
        Mutations.Of("imap").Sample(octets =>
        {
            if (ModifiedUtf7.Decode(octets) is { } name) Assert.Equal(octets, Encoding.ASCII.GetBytes(ModifiedUtf7.Encode(name)));
        }, time: Mutations.Seconds);
}
