using System.Text;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Tests.Imap;

/// <summary>What no client would send: it costs bounded memory, and ends or goes on as it should.</summary>
public class HostileInputTests
{
    private static readonly byte[] Piece = [.. Enumerable.Repeat((byte)'a', 64 * 1024)];

    [Theory, InlineData(ImapStates.NotAuthenticated, 4096), InlineData(ImapStates.Selected, 65536)]
    public void An_endless_line_ends_the_session(ImapStates state, int limit)
    {
        var reader = Reader(state);
        int taken = 0;
        ImapEvent result;
        do
        {
            result = reader.Advance(Piece.AsSpan(0, 1000), out int consumed);
            taken += consumed;
        }
        while (result == ImapEvent.NeedInput);
        Assert.Equal((ImapEvent.Fatal, ImapStatus.Bye, (string?)null), (result, reader.Error!.Status, reader.Error.Tag));
        Assert.InRange(taken, 0, limit);
        // and nothing is understood any more
        Assert.Equal(ImapEvent.Fatal, reader.Advance("\r\na NOOP\r\n"u8, out int rest));
        Assert.Equal(10, rest);
    }

    [Fact]
    public void Lines_of_one_command_count_together()
    {
        var reader = Reader(ImapStates.Selected);
        string line = "a SEARCH " + string.Concat(Enumerable.Repeat("TEXT {0+}\r\n ", 6000));
        Assert.Equal(ImapEvent.Fatal, reader.Advance(Encoding.ASCII.GetBytes(line), out _));
    }

    [Fact]
    public void Many_literals_are_read_once()
    {
        var peer = new ImapPeer(ImapReaderOptions.SignedIn, ImapStates.Selected);
        peer.Send("a SEARCH" + string.Concat(Enumerable.Repeat(" TEXT {3+}\r\nabc", 4000)) + "\r\n");
        Assert.Equal(4000, ((ImapSearchKey.And)((SearchCommand)peer.Commands.Single()).Key).Keys.Count);
    }

    [Fact]
    public void Literals_of_one_command_count_together()
    {
        var peer = new ImapPeer(ImapReaderOptions.SignedIn, ImapStates.Selected);
        string literal = " TEXT {30000+}\r\n" + new string('x', 30000);
        peer.Send("a SEARCH" + literal + literal + literal + "\r\nb NOOP\r\n");
        Assert.Equal("a BAD [TOOBIG] a literal is too large\nNoop(Tag: \"b\")\n", peer.Output);
    }

    [Fact]
    public void A_stranger_gets_4_KiB_for_text_and_literals_together()
    {
        var peer = new ImapPeer();
        peer.Send($"a LOGIN {{3000+}}\r\n{new string('x', 3000)} {{1080+}}\r\n{new string('y', 1080)}\r\nb NOOP\r\n");
        Assert.Equal("a BAD [TOOBIG] a literal is too large\nNoop(Tag: \"b\")\n", peer.Output);
        peer = new ImapPeer();
        peer.Send($"a LOGIN {{3000+}}\r\n{new string('x', 3000)} {new string('y', 1100)}\r\n");
        Assert.Equal("* BYE the line is too long\n", peer.Output);
    }

    [Fact]
    public void A_literal_that_is_announced_costs_nothing_yet()
    {
        var reader = Reader(ImapStates.Selected);
        reader.Advance("a SEARCH TEXT {1+}\r\nx TEXT {1+}\r\n"u8, out _); // whatever is needed once
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            var one = Reader(ImapStates.Selected);
            Assert.Equal(ImapEvent.NeedInput, one.Advance("a SEARCH TEXT {65000+}\r\n"u8, out _));
        }
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 0, 4096);
    }

    [Fact]
    public void An_endless_message_is_handed_through()
    {
        var reader = Reader(ImapStates.Authenticated);
        Assert.Equal(ImapEvent.OpenMessage, reader.Advance("a APPEND INBOX {1099511627776}\r\n"u8, out _));
        Assert.Equal(1L << 40, reader.Message!.Size);
        reader.AcceptMessage();
        Assert.Equal(ImapEvent.Continue, reader.Advance(default, out _));
        reader.Advance(Piece, out _);
        int wrong = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            if (reader.Advance(Piece, out int consumed) != ImapEvent.MessageData || consumed != Piece.Length) wrong++;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void What_is_refused_is_dropped_up_to_a_limit()
    {
        var reader = Reader(ImapStates.Authenticated);
        Assert.Equal(ImapEvent.OpenMessage, reader.Advance("a APPEND INBOX {10000000000+}\r\n"u8, out _));
        reader.RefuseMessage();
        Assert.Equal(ImapEvent.Fatal, reader.Advance(Piece, out _));
        Assert.Equal(ImapCode.TooBig, reader.Error!.Code);
    }

    [Theory]
    [InlineData("(", ")", 50, true)]
    [InlineData("(", ")", 51, false)]
    [InlineData("(", ")", 30000, false)]
    [InlineData("NOT ", "", 50, true)]
    [InlineData("NOT ", "", 51, false)]
    [InlineData("NOT ", "", 16000, false)]
    [InlineData("OR SEEN ", "", 50, true)]
    [InlineData("OR SEEN ", "", 51, false)]
    [InlineData("OR SEEN ", "", 8000, false)]
    public void Searches_are_nested_so_deep(string open, string close, int depth, bool isRight)
    {
        var peer = new ImapPeer(ImapReaderOptions.SignedIn, ImapStates.Selected);
        peer.Send($"a SEARCH {string.Concat(Enumerable.Repeat(open, depth))}SEEN{string.Concat(Enumerable.Repeat(close, depth))}\r\n");
        Assert.Equal(isRight, peer.Commands.Count == 1);
        if (!isRight) Assert.Equal("a BAD SEARCH: the search is nested too deeply\n", peer.Output);
    }

    [Fact]
    public void Thousands_of_numbers_keywords_and_items_are_read()
    {
        var peer = new ImapPeer(ImapReaderOptions.SignedIn, ImapStates.Selected);
        peer.Send($"a FETCH {string.Join(',', Enumerable.Range(1, 10000))} UID\r\n");
        peer.Send($"b STORE 1 FLAGS ({string.Join(' ', Enumerable.Range(1, 10000).Select(i => $"k{i}"))})\r\n");
        peer.Send($"c FETCH 1 ({string.Join(' ', Enumerable.Repeat("UID", 16000))})\r\n");
        peer.Send($"d FETCH 1 BODY[{string.Join('.', Enumerable.Repeat('1', 30000))}]\r\n");
        Assert.Equal((10000, 10000, 16000), (((FetchCommand)peer.Commands[0]).Set.Ranges.Count, ((StoreCommand)peer.Commands[1]).Flags.Keywords.Count, ((FetchCommand)peer.Commands[2]).Items.Count));
        Assert.Equal(4, peer.Commands.Count);
    }

    [Fact]
    public void Thousands_of_messages_are_read()
    {
        var peer = new ImapPeer(ImapReaderOptions.SignedIn, ImapStates.Authenticated);
        peer.Send("a APPEND INBOX" + string.Concat(Enumerable.Repeat(" (\\Seen) {3+}\r\nabc", 4000)) + "\r\n");
        Assert.Equal(4000, ((AppendCommand)peer.Commands.Single()).Messages.Count);
    }

    [Fact]
    public void A_response_that_is_too_long_ends_the_session()
    {
        var peer = new ImapPeer();
        peer.Send("a AUTHENTICATE PLAIN\r\n" + new string('A', 12290) + "\r\n");
        Assert.EndsWith("* BYE the line is too long\n", peer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_may_be_longer_than_other_lines()
    {
        var peer = new ImapPeer();
        peer.Send("a AUTHENTICATE OAUTHBEARER " + new string('A', 8000) + "\r\n");
        Assert.Equal(6000, ((AuthenticateCommand)peer.Commands.Single()).InitialResponse!.Value.Length);
    }

    [Fact]
    public void Passwords_are_in_no_log()
    {
        var peer = new ImapPeer();
        peer.Send("a LOGIN tim secret\r\n");
        Assert.DoesNotContain("secret", peer.Commands[0].ToString(), StringComparison.Ordinal);
        peer = new ImapPeer();
        peer.Send("a AUTHENTICATE PLAIN c2VjcmV0\r\n");
        Assert.DoesNotContain("secret", peer.Commands[0].ToString(), StringComparison.Ordinal);
    }

    private static ImapCommandReader Reader(ImapStates state) => new(state == ImapStates.NotAuthenticated ? ImapReaderOptions.Stranger : ImapReaderOptions.SignedIn) { State = state };
}
