using System.Buffers;
using System.Buffers.Text;
using System.Collections;
using System.Collections.Immutable;

namespace Mta.Protocol.Pop3;

// TRANSACTION (RFC 1939 §5). Numbers and sizes are those of the sign-in: whatever others do to the mailbox meanwhile, no number ever means another message.
public sealed partial class Pop3ServerSession
{
    // what a listing writes before it is sent
    private const int MostOutput = 16384;

    private ImmutableArray<Pop3Message> _messages = [];
    private uint _uidValidity;
    private BitArray _marks = new(0);
    private int _marked;
    private long _markedOctets, _allOctets;
    private int _next; // of a listing
    private bool _listsUids;
    private DotStuffing _stuffing;

    /// <summary>The message that is wanted, at <see cref="Pop3Effect.ReadMessage"/>.</summary>
    public Pop3Message PendingMessage { get; private set; }

    /// <summary>The header and some lines are wanted, not the message.</summary>
    public bool IsTop { get; private set; }

    /// <summary>Messages of the maildrop.</summary>
    public int Count => _messages.Length;

    /// <summary>What the client has marked, to be removed at <see cref="Pop3Effect.Update"/> and at no other time.</summary>
    public IEnumerable<Pop3Message> Deleted => _messages.Where((_, index) => _marks[index]);

    /// <summary>Completes <see cref="Pop3Effect.OpenMaildrop"/>: the client has signed in.</summary>
    /// <param name="uidValidity">With it a <see cref="Pop3Message.Uid"/> is nobody else's for ever.</param>
    /// <param name="messages">Numbered from 1 in this order.</param>
    public void MaildropOpened(uint uidValidity, ImmutableArray<Pop3Message> messages, IBufferWriter<byte> output)
    {
        Complete(Pop3Effect.OpenMaildrop);
        (_uidValidity, _messages, _marks) = (uidValidity, messages, new(messages.Length));
        foreach (var message in messages) _allOctets += message.Size;
        _state = Pop3State.Transaction;
        _errors = 0;
        Pop3ReplyWriter.Ok(output, $"signed in, {messages.Length} messages");
    }

    /// <summary>Completes <see cref="Pop3Effect.OpenMaildrop"/>: the client may try again.</summary>
    public void MaildropRefused(Pop3Refusal refusal, IBufferWriter<byte> output)
    {
        Complete(Pop3Effect.OpenMaildrop);
        AccountName = null;
        Pop3ReplyWriter.Error(output, refusal);
    }

    /// <summary>The message is there; its octets come by <see cref="MessageText"/>.</summary>
    public void MessageFound(IBufferWriter<byte> output) => output.Write(Pop3Replies.MessageFollows);

    /// <summary>The next octets of the message; false once no more of it is wanted.</summary>
    public bool MessageText(ReadOnlySpan<byte> piece, IBufferWriter<byte> output) => _stuffing.Write(piece, output);

    /// <summary>Completes <see cref="Pop3Effect.ReadMessage"/>: that was all, or all that is wanted.</summary>
    public void MessageEnded(IBufferWriter<byte> output)
    {
        Complete(Pop3Effect.ReadMessage);
        _stuffing.Finish(output);
    }

    /// <summary>Completes <see cref="Pop3Effect.ReadMessage"/>: somebody has removed it since the sign-in.</summary>
    public void MessageMissing(IBufferWriter<byte> output)
    {
        Complete(Pop3Effect.ReadMessage);
        output.Write(Pop3Replies.MissingMessage);
    }

    /// <summary>Completes <see cref="Pop3Effect.ReadMessage"/>: it cannot be read now.</summary>
    public void MessageFailed(IBufferWriter<byte> output)
    {
        Complete(Pop3Effect.ReadMessage);
        output.Write(Pop3Replies.UnreadableMessage);
    }

    /// <summary>Completes <see cref="Pop3Effect.Update"/>; <see cref="Pop3Effect.Close"/> follows.</summary>
    public void Updated(IBufferWriter<byte> output)
    {
        Complete(Pop3Effect.Update);
        End(Pop3Replies.Bye, output);
    }

    /// <summary>Completes <see cref="Pop3Effect.Update"/>, of which something went wrong (RFC 1939 §6); <see cref="Pop3Effect.Close"/> follows.</summary>
    public void NotUpdated(IBufferWriter<byte> output)
    {
        Complete(Pop3Effect.Update);
        End(Pop3Replies.NotRemoved, output);
    }

    private void Stat(IBufferWriter<byte> output) =>
        // RFC 1939 §5: exactly this, and nothing of what is marked
        Pop3ReplyWriter.Ok(output, $"{Count - _marked} {_allOctets - _markedOctets}");

    private void List(bool uids, ReadOnlySpan<byte> argument, IBufferWriter<byte> output)
    {
        if (!argument.IsEmpty)
        {
            if (Find(argument, output) is not { } index) return;
            output.Write("+OK "u8);
            WriteEntry(index, uids, output);
            return;
        }
        Pop3ReplyWriter.Ok(output, uids ? "unique ids follow" : $"{Count - _marked} messages");
        (_next, _listsUids, _mode) = (0, uids, Mode.Listing);
        ListOn(output);
    }

    /// <summary>Goes on with a listing, as far as is good for one output.</summary>
    private void ListOn(IBufferWriter<byte> output)
    {
        for (int written = 0; _next < Count; _next++)
        {
            if (_marks[_next]) continue;
            if (written >= MostOutput)
            {
                _effect = Pop3Effect.SendOutput;
                return;
            }
            written += WriteEntry(_next, _listsUids, output);
        }
        output.Write(".\r\n"u8);
        _mode = Mode.Command;
        // the listings of a pipelined group must not add up either
        _effect = Pop3Effect.SendOutput;
    }

    private int WriteEntry(int index, bool uid, IBufferWriter<byte> output)
    {
        // three numbers of at most 20 digits
        var line = output.GetSpan(64);
        var writer = new Text.SpanWriter(line);
        writer.Write(index + 1);
        writer.WriteByte((byte)' ');
        if (uid)
        {
            // RFC 1939 §7: printable, at most 70 characters, the same in every session, nobody else's even after the message is gone
            writer.Write(_uidValidity);
            writer.WriteByte((byte)'.');
            writer.Write(_messages[index].Uid);
        }
        else writer.Write(_messages[index].Size);
        writer.Write("\r\n"u8);
        output.Advance(writer.Length);
        return writer.Length;
    }

    private void Retrieve(ReadOnlySpan<byte> argument, IBufferWriter<byte> output)
    {
        if (Find(argument, output) is { } index) Read(index, DotStuffing.All, isTop: false);
    }

    private void Top(ReadOnlySpan<byte> argument, IBufferWriter<byte> output)
    {
        int space = argument.IndexOf((byte)' ');
        if (space < 0 || Number(argument[(space + 1)..].TrimStart((byte)' ')) is not { } lines) Fail(Pop3Replies.BadTop, output);
        else if (Find(argument[..space], output) is { } index) Read(index, lines, isTop: true);
    }

    private void Read(int index, long lines, bool isTop)
    {
        (PendingMessage, IsTop, _stuffing) = (_messages[index], isTop, new(lines));
        _effect = Pop3Effect.ReadMessage;
    }

    private void Delete(ReadOnlySpan<byte> argument, IBufferWriter<byte> output)
    {
        if (Find(argument, output) is not { } index) return;
        _marks[index] = true;
        _marked++;
        _markedOctets += _messages[index].Size;
        output.Write(Pop3Replies.Marked);
    }

    private void Reset(IBufferWriter<byte> output)
    {
        _marks.SetAll(false);
        (_marked, _markedOctets) = (0, 0);
        output.Write(Pop3Replies.Ok);
    }

    /// <summary>The message with this number; null, and the response is written, where there is none or it is marked.</summary>
    private int? Find(ReadOnlySpan<byte> argument, IBufferWriter<byte> output)
    {
        if (Number(argument) is not { } number) Fail(Pop3Replies.BadNumber, output);
        else if (number < 1 || number > Count) output.Write(Pop3Replies.NoSuchMessage);
        else if (_marks[(int)number - 1]) output.Write(Pop3Replies.DeletedMessage);
        else return (int)number - 1;
        return null;
    }

    /// <summary>Digits, at most ten of them, and nothing else.</summary>
    private static long? Number(ReadOnlySpan<byte> text) =>
        text.Length is > 0 and <= 10 && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9') && Utf8Parser.TryParse(text, out long number, out _) ? number : null;
}
