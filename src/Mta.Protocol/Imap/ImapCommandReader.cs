using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Imap.Reading;
using Mta.Protocol.Sasl;

namespace Mta.Protocol.Imap;

/// <summary>
/// Reads what a client sends, without I/O: octets go in, and one thing at a time comes out. What it did not consume is to be offered again, so
/// pipelined commands wait with the caller. Messages are handed through and never kept. Not safe for use by two threads at once.
/// </summary>
/// <remarks>
/// Between two calls it holds a buffer only while a command is incomplete. This file is the machine; lines and literals are in the other part.
/// </remarks>
/// <param name="options">Limits until the caller sets others.</param>
public sealed partial class ImapCommandReader(ImapReaderOptions options)
{
    private enum Mode : byte { Command, Literal, Offered, Message, Skip, SkippedLiteral, Response, Done, Over }

    private readonly PooledBuffer _buffer = new();
    private Mode _mode;

    // the command under way: octets of its text, and of the literals in it
    private int _text, _literals;
    private int _lineStart;
    private string? _tag;
    private ImapCommandRule? _rule;
    private bool _uid;
    private int _argumentsAt;
    private AppendParser? _append;

    private long _left; // of a literal
    private long _skipped;
    private bool _continue;

    /// <summary>The limits; a change holds from the next line on.</summary>
    public ImapReaderOptions Options { get; set; } = options;

    /// <summary>The state of the session, which says what commands are legal; the caller sets it, before the next command.</summary>
    public ImapStates State { get; set; } = ImapStates.NotAuthenticated;

    /// <summary>Mailbox names are UTF-8 (ENABLE UTF8=ACCEPT or IMAP4rev2), no modified UTF-7; the caller sets it.</summary>
    public bool Utf8 { get; set; }

    /// <summary>At <see cref="ImapEvent.Command"/>.</summary>
    public ImapCommand? Command { get; private set; }

    /// <summary>From <see cref="ImapEvent.OpenMessage"/> to <see cref="ImapEvent.MessageEnd"/>.</summary>
    public ImapMessageLiteral? Message { get; private set; }

    /// <summary>At <see cref="ImapEvent.MessageEnd"/>: there was a NUL in it, which only literals other than <see cref="ImapLiteralKind.Text"/> may have.</summary>
    public bool MessageHasNul { get; private set; }

    /// <summary>At <see cref="ImapEvent.Response"/>, decoded; the octets are the caller's.</summary>
    public ReadOnlyMemory<byte> Response { get; private set; }

    /// <summary>At <see cref="ImapEvent.Error"/> and <see cref="ImapEvent.Fatal"/>.</summary>
    public ImapError? Error { get; private set; }

    /// <summary>
    /// Octets followed, in the same input, on what came out last: after STARTTLS that is an attack (RFC 9051 §6.2.1), after COMPRESS they are
    /// compressed.
    /// </summary>
    public bool HasBuffered { get; private set; }

    /// <summary>Takes input until something comes of it, or it is used up.</summary>
    /// <param name="consumed">Octets used up. The rest is to be offered again, and so is an empty input after each event but NeedInput.</param>
    /// <exception cref="InvalidOperationException">A message waits for an answer.</exception>
    public ImapEvent Advance(ReadOnlySpan<byte> input, out int consumed)
    {
        if (_mode == Mode.Offered) throw new InvalidOperationException("a message waits for an answer");
        consumed = 0;
        if (_mode == Mode.Over)
        {
            consumed = input.Length;
            return ImapEvent.Fatal;
        }
        (Command, Error, Response) = (null, null, default);
        if (_mode != Mode.Message) Message = null;
        ImapEvent result;
        do
        {
            result = Turn();
            if (result != ImapEvent.NeedInput || consumed == input.Length) break;
            result = Take(input[consumed..], out int used);
            consumed += used;
        }
        while (result == ImapEvent.NeedInput);
        HasBuffered = consumed < input.Length;
        return result;
    }

    /// <summary>Answers <see cref="ImapEvent.OpenMessage"/>: the message is taken. <see cref="ImapEvent.Continue"/> follows where the client waits.</summary>
    public void AcceptMessage()
    {
        if (_mode != Mode.Offered) throw new InvalidOperationException("no message waits for an answer");
        (_mode, _left, _continue, MessageHasNul) = (Mode.Message, Message!.Size, Message.IsSynchronizing, false);
    }

    /// <summary>
    /// Answers <see cref="ImapEvent.OpenMessage"/>: the rest of the command is skipped, with the literal where it comes unasked. Where that is more
    /// than the limits allow, <see cref="ImapEvent.Fatal"/> follows.
    /// </summary>
    public void RefuseMessage()
    {
        if (_mode != Mode.Offered) throw new InvalidOperationException("no message waits for an answer");
        // RFC 9051 §7.5: a tagged answer in the place of a continuation ends the command
        if (Message!.IsSynchronizing) Reset();
        else Skip(Message.Size);
    }

    /// <summary>The next line answers a challenge of AUTHENTICATE.</summary>
    /// <param name="tag">Of AUTHENTICATE, for errors.</param>
    public void ExpectResponse(string tag) => Expect(Mode.Response, tag);

    /// <summary>The next line is DONE.</summary>
    /// <param name="tag">Of IDLE, for errors.</param>
    public void ExpectDone(string tag) => Expect(Mode.Done, tag);

    /// <summary>Gives the buffer back; the reader is not used any more.</summary>
    public void End()
    {
        Reset();
        _mode = Mode.Over;
    }

    private void Expect(Mode mode, string tag)
    {
        if (_mode != Mode.Command || _text > 0) throw new InvalidOperationException("a command is under way");
        (_mode, _tag) = (mode, tag);
    }

    /// <summary>What happens without input.</summary>
    private ImapEvent Turn()
    {
        if (_mode == Mode.Over) return ImapEvent.Fatal;
        if (_continue)
        {
            _continue = false;
            return ImapEvent.Continue;
        }
        if (_left > 0) return ImapEvent.NeedInput;
        switch (_mode)
        {
            case Mode.Literal:
                (_mode, _lineStart) = (Mode.Command, _buffer.Length);
                break;
            case Mode.Message:
                _mode = Mode.Command;
                _append!.Received();
                return ImapEvent.MessageEnd;
            case Mode.SkippedLiteral:
                _mode = Mode.Skip;
                break;
        }
        return ImapEvent.NeedInput;
    }

    private ImapEvent Take(ReadOnlySpan<byte> input, out int used)
    {
        if (_mode is not (Mode.Literal or Mode.Message or Mode.SkippedLiteral)) return TakeLine(input, out used);
        used = (int)Math.Min(_left, input.Length);
        _left -= used;
        switch (_mode)
        {
            case Mode.Literal:
                _buffer.Append(input[..used]);
                return ImapEvent.NeedInput;
            case Mode.Message:
                MessageHasNul |= input[..used].Contains((byte)0);
                return ImapEvent.MessageData;
            default:
                return ImapEvent.NeedInput;
        }
    }

    private ImapEvent TakeResponse(ReadOnlySpan<byte> line)
    {
        string tag = _tag!;
        bool isWhole = IsWhole(line);
        byte[] octets = isWhole ? new byte[line.Length] : [];
        int length = 0;
        bool isCancelled = isWhole && line[..^2].SequenceEqual("*"u8);
        bool isRight = isWhole && !isCancelled && SaslBase64.TryDecode(line[..^2], octets, out length);
        Reset();
        if (isCancelled) return ImapEvent.Cancelled;
        // RFC 9051 §6.2.2: BAD for what is no base64
        if (!isRight) return Fail(tag, "the response is not base64");
        Response = octets.AsMemory(0, length);
        return ImapEvent.Response;
    }

    private ImapEvent TakeDone(ReadOnlySpan<byte> line)
    {
        string tag = _tag!;
        bool isDone = IsWhole(line) && System.Text.Ascii.EqualsIgnoreCase(line[..^2], "DONE"u8);
        Reset();
        return isDone ? ImapEvent.Done : Fail(tag, "DONE is expected");
    }

    private ImapEvent Fail(string? tag, string text, ImapStatus status = ImapStatus.Bad, ImapCode code = default)
    {
        Error = new(tag, status, text, code);
        return ImapEvent.Error;
    }

    private ImapEvent Fatal(string text, ImapCode code = default)
    {
        End();
        Error = new(null, ImapStatus.Bye, text, code);
        return ImapEvent.Fatal;
    }

    /// <summary>The command is over.</summary>
    private void Reset()
    {
        _buffer.Release();
        (_mode, _text, _literals, _lineStart, _left, _skipped, _continue) = (Mode.Command, 0, 0, 0, 0, 0, false);
        (_tag, _rule, _uid, _append) = (null, null, false, null);
    }
}
