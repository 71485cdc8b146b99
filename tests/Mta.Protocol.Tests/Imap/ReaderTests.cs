using System.Text;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Tests.Imap;

/// <summary>What the reader's owner has to rely on.</summary>
public class ReaderTests
{
    [Theory]
    [InlineData("a STARTTLS\r\n", false)]
    [InlineData("a STARTTLS\r\nb LOGIN tim tanstaaf\r\n", true)]
    [InlineData("a STARTTLS\r\nb", true)]
    public void What_follows_STARTTLS_in_the_clear_is_seen_and_not_read(string sent, bool isBuffered)
    {
        var reader = new ImapCommandReader(ImapReaderOptions.Stranger);
        Assert.Equal(ImapEvent.Command, reader.Advance(Encoding.ASCII.GetBytes(sent), out int consumed));
        Assert.IsType<StartTlsCommand>(reader.Command);
        Assert.Equal((12, isBuffered), (consumed, reader.HasBuffered));
    }

    [Fact]
    public void What_follows_COMPRESS_is_left()
    {
        var reader = new ImapCommandReader(ImapReaderOptions.SignedIn) { State = ImapStates.Authenticated };
        Assert.Equal(ImapEvent.Command, reader.Advance("a COMPRESS DEFLATE\r\n\x01\x02"u8, out int consumed));
        Assert.Equal((20, true), (consumed, reader.HasBuffered));
    }

    [Fact]
    public void One_command_at_a_time()
    {
        var reader = new ImapCommandReader(ImapReaderOptions.Stranger);
        var input = "a NOOP\r\nb NOOP\r\nc NO"u8;
        Assert.Equal((ImapEvent.Command, "a"), (reader.Advance(input, out int first), reader.Command!.Tag));
        Assert.Equal((ImapEvent.Command, "b"), (reader.Advance(input[first..], out int second), reader.Command!.Tag));
        Assert.Equal(ImapEvent.NeedInput, reader.Advance(input[(first + second)..], out int third));
        Assert.Equal((8, 8, 4), (first, second, third));
        Assert.Null(reader.Command);
        Assert.False(reader.HasBuffered);
        Assert.Equal(ImapEvent.Command, reader.Advance("OP\r\n"u8, out _));
    }

    [Fact]
    public void Limits_and_state_change_between_commands()
    {
        var reader = new ImapCommandReader(ImapReaderOptions.Stranger);
        var select = "a SELECT INBOX\r\n"u8;
        Assert.Equal(ImapEvent.Error, reader.Advance(select, out _));
        reader.State = ImapStates.Authenticated;
        Assert.Equal(ImapEvent.Command, reader.Advance(select, out _));
        byte[] longer = Encoding.ASCII.GetBytes($"a SELECT {new string('x', 5000)}\r\n");
        reader.Options = ImapReaderOptions.SignedIn;
        Assert.Equal(ImapEvent.Command, reader.Advance(longer, out _));
        reader.Options = ImapReaderOptions.Stranger;
        Assert.Equal(ImapEvent.Fatal, reader.Advance(longer, out _));
    }

    [Fact]
    public void A_message_wants_an_answer()
    {
        var reader = new ImapCommandReader(ImapReaderOptions.SignedIn) { State = ImapStates.Authenticated };
        Assert.Throws<InvalidOperationException>(reader.AcceptMessage);
        Assert.Throws<InvalidOperationException>(reader.RefuseMessage);
        reader.Advance("a APPEND INBOX {3}\r\n"u8, out _);
        Assert.Throws<InvalidOperationException>(() => reader.Advance("abc"u8, out _));
        Assert.Throws<InvalidOperationException>(() => reader.ExpectDone("a"));
        reader.RefuseMessage();
        Assert.Equal(ImapEvent.Command, reader.Advance("b NOOP\r\n"u8, out _));
    }

    [Fact]
    public void An_empty_message_has_a_beginning_and_an_end()
    {
        var reader = new ImapCommandReader(ImapReaderOptions.SignedIn) { State = ImapStates.Authenticated };
        Assert.Equal(ImapEvent.OpenMessage, reader.Advance("a APPEND INBOX {0}\r\n"u8, out _));
        reader.AcceptMessage();
        Assert.Equal(ImapEvent.Continue, reader.Advance(default, out _));
        Assert.Equal(ImapEvent.MessageEnd, reader.Advance(default, out _));
        Assert.NotNull(reader.Message);
        Assert.Equal(ImapEvent.Command, reader.Advance("\r\n"u8, out _));
        Assert.Null(reader.Message);
    }

    [Fact]
    public void An_exchange_is_not_begun_within_a_command()
    {
        var reader = new ImapCommandReader(ImapReaderOptions.Stranger);
        reader.Advance("a NO"u8, out _);
        Assert.Throws<InvalidOperationException>(() => reader.ExpectResponse("a"));
    }

    [Fact]
    public void Every_verb_has_its_line_in_the_table()
    {
        foreach (var verb in Enum.GetValues<ImapVerb>())
        {
            Assert.Equal(verb.ToString(), ImapCommandTable.Name(verb), ignoreCase: true);
            Assert.NotEqual(ImapStates.None, ImapCommandTable.Legal(verb));
        }
    }
}
