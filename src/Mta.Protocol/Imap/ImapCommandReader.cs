using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap;

/// <summary>
/// Reads what a client sends, without I/O: octets go in, and one thing at a time comes out. What it did not consume is to be offered again, so
/// pipelined commands wait with the caller. Messages are handed through and never kept. Not safe for use by two threads at once.
/// </summary>
/// <param name="options">Limits until the caller sets others.</param>
public sealed class ImapCommandReader(ImapReaderOptions options)
{
    /// <summary>The limits, from the next command on.</summary>
    public ImapReaderOptions Options { get; set; } = options;

    /// <summary>The state of the session, which says what commands are legal; the caller sets it, before the next command.</summary>
    public ImapStates State { get; set; } = ImapStates.NotAuthenticated;

    /// <summary>Mailbox names and other quoted strings are UTF-8 (ENABLE UTF8=ACCEPT or IMAP4rev2), no modified UTF-7; the caller sets it.</summary>
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

    /// <summary>Octets followed, in the same input, on what came out last: after STARTTLS that is an attack (RFC 9051 §6.2.1).</summary>
    public bool HasBuffered { get; private set; }

    /// <summary>Takes input until something comes of it, or it is used up.</summary>
    /// <param name="consumed">Octets used up. The rest is to be offered again, and so is an empty input after each event but NeedInput.</param>
    /// <exception cref="InvalidOperationException">A message waits for an answer, or the session is over.</exception>
    public ImapEvent Advance(ReadOnlySpan<byte> input, out int consumed) => throw new NotImplementedException();

    /// <summary>Answers <see cref="ImapEvent.OpenMessage"/>: the message is taken. <see cref="ImapEvent.Continue"/> follows where the client waits.</summary>
    public void AcceptMessage() => throw new NotImplementedException();

    /// <summary>
    /// Answers <see cref="ImapEvent.OpenMessage"/>: the rest of the command is skipped, with the literal where it comes unasked. Close instead
    /// where that is too long.
    /// </summary>
    public void RefuseMessage() => throw new NotImplementedException();

    /// <summary>The next line answers a challenge of AUTHENTICATE.</summary>
    /// <param name="tag">Of AUTHENTICATE, for errors.</param>
    public void ExpectResponse(string tag) => throw new NotImplementedException();

    /// <summary>The next line is DONE.</summary>
    /// <param name="tag">Of IDLE, for errors.</param>
    public void ExpectDone(string tag) => throw new NotImplementedException();

    /// <summary>Gives the buffers back; the reader is not used any more.</summary>
    public void End() => throw new NotImplementedException();
}
