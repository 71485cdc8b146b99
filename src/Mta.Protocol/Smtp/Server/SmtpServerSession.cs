using System.Buffers;
using System.Net;
using Mta.Protocol.Sasl;
using Mta.Protocol.Text;

namespace Mta.Protocol.Smtp.Server;

/// <summary>
/// One SMTP session, server side, without I/O: octets go in, replies come out, and what the session cannot do itself it asks for as an
/// <see cref="SmtpEffect"/>. All complete commands of an input are dealt with in one step, so the replies to a pipelined group leave
/// together (RFC 2920 §3.2). Not safe for use by two threads at once.
/// </summary>
/// <remarks>
/// Between two calls the session holds a buffer only while a command is incomplete. This file is the machine; the commands are in the other parts.
/// </remarks>
/// <param name="trusted">The client may relay, and may use what serves our own users: FUTURERELEASE and MT-PRIORITY. So may who signs in.</param>
/// <param name="clock">For HOLDUNTIL.</param>
public sealed partial class SmtpServerSession(SmtpServerOptions options, bool trusted, bool tlsAvailable, TimeProvider clock)
{
    private enum Mode : byte { Command, Exchange, OverlongCommand, Data, Chunk }

    private SmtpState _state = SmtpState.Connected;
    private Mode _mode;
    private SmtpEffect _effect;
    // where clients sign in, a password may be in a line
    private LineReader _lines = new(options.MaxCommandLine, isSecret: options.Auth is not null);
    private int _errors, _junk, _transactions;
    private SmtpReply _overlong = SmtpServerReplies.CommandTooLong;

    /// <summary>The name the client gave in EHLO, HELO or LHLO, or empty.</summary>
    public string HeloName { get; private set; } = "";

    /// <summary>The client said EHLO or LHLO.</summary>
    public bool IsExtended { get; private set; }

    /// <summary>Protocol and cipher once TLS is active, or null.</summary>
    public string? Tls { get; private set; }

    /// <summary>The transaction under way, or null.</summary>
    public SmtpTransaction? Transaction { get; private set; }

    /// <summary>The recipient to judge, at <see cref="SmtpEffect.VerifyRecipient"/>.</summary>
    public SmtpRecipient? PendingRecipient { get; private set; }

    /// <summary>The message that is or was last received; meaningful from <see cref="SmtpEffect.OpenMessage"/> to the end of the transaction.</summary>
    public IncomingMessage Message { get; } = new(options);

    /// <summary>Why the message was refused, at <see cref="SmtpEffect.DiscardMessage"/>; null where the client gave it up.</summary>
    public SmtpReply? Refusal { get; private set; }

    /// <summary>The client was greeted.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>The content of a message is coming in (after 354, or within a chunk).</summary>
    public bool IsReceiving => _mode is Mode.Data or Mode.Chunk;

    /// <summary>Writes the greeting (RFC 5321 §3.1).</summary>
    public void Start(IBufferWriter<byte> output)
    {
        IsStarted = true;
        Reply(output, new(220, default, $"{options.Hostname} {(options.Lmtp ? "LMTP" : "ESMTP")}"));
    }

    /// <summary>
    /// Takes input until it is used up or an effect is due, which is returned. The rest of the input, from <paramref name="consumed"/>, is
    /// to be offered again after the effect's completion; so is an empty input, for a completion may lead to the next effect at once.
    /// </summary>
    public SmtpEffect Advance(ReadOnlySpan<byte> input, IBufferWriter<byte> output, out int consumed)
    {
        consumed = 0;
        if (_effect == SmtpEffect.DiscardMessage) _effect = SmtpEffect.NeedInput;
        while (_effect == SmtpEffect.NeedInput && consumed < input.Length)
        {
            var rest = input[consumed..];
            consumed += _mode switch
            {
                Mode.Command or Mode.Exchange => TakeCommand(rest, output),
                Mode.OverlongCommand => SkipCommand(rest, output),
                Mode.Data => TakeData(rest, output),
                _ => TakeChunk(rest, output),
            };
        }
        return _effect;
    }

    /// <summary>Completes <see cref="SmtpEffect.VerifyHello"/>.</summary>
    public void HelloAccepted(IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.VerifyHello);
        Introduced(output);
    }

    /// <summary>Completes <see cref="SmtpEffect.VerifyHello"/> with a 4yz or 5yz reply: nobody is introduced.</summary>
    public void HelloRefused(SmtpReply reply, IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.VerifyHello);
        HeloName = "";
        IsExtended = false;
        Reply(output, reply);
    }

    /// <summary>Completes <see cref="SmtpEffect.VerifyStartTls"/>; <see cref="SmtpEffect.StartTls"/> follows.</summary>
    public void StartTlsAccepted(IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.VerifyStartTls);
        BeginTls(output);
    }

    /// <summary>Completes <see cref="SmtpEffect.VerifyStartTls"/> with a 4yz or 5yz reply: the session goes on in the clear.</summary>
    public void StartTlsRefused(SmtpReply reply, IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.VerifyStartTls);
        Reply(output, reply);
    }

    /// <summary>Completes <see cref="SmtpEffect.VerifySender"/>.</summary>
    public void SenderAccepted(IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.VerifySender);
        Reply(output, SmtpServerReplies.SenderOk);
    }

    /// <summary>Completes <see cref="SmtpEffect.VerifySender"/> with a 4yz or 5yz reply.</summary>
    public void SenderRefused(SmtpReply reply, IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.VerifySender);
        Reply(output, reply);
        EndTransaction();
        CountJunk(output);
    }

    /// <summary>Completes <see cref="SmtpEffect.VerifyRecipient"/>.</summary>
    public void RecipientAccepted(IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.VerifyRecipient);
        Transaction!.Add(PendingRecipient!);
        PendingRecipient = null;
        _state = SmtpState.Recipients;
        Reply(output, SmtpServerReplies.RecipientOk);
    }

    /// <summary>Completes <see cref="SmtpEffect.VerifyRecipient"/> with a 4yz or 5yz reply.</summary>
    public void RecipientRefused(SmtpReply reply, IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.VerifyRecipient);
        PendingRecipient = null;
        Transaction!.Refused++;
        Reply(output, reply);
        CountJunk(output);
    }

    /// <summary>Completes <see cref="SmtpEffect.OpenMessage"/>: the content goes to <paramref name="body"/> from here on.</summary>
    public void MessageOpened(IBufferWriter<byte> body, IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.OpenMessage);
        Message.Begin(body, Transaction!.Parameters.Body == BodyType.BinaryMime);
        _decoder.Begin(stuffed: _state != SmtpState.Chunks);
        if (_state == SmtpState.Chunks)
        {
            BeginChunk(output);
            return;
        }
        _mode = Mode.Data;
        Reply(output, SmtpServerReplies.StartData);
    }

    /// <summary>Completes <see cref="SmtpEffect.OpenMessage"/> with a 4yz or 5yz reply.</summary>
    public void MessageRefused(SmtpReply reply, IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.OpenMessage);
        if (_state == SmtpState.Chunks)
        {
            RefuseChunk(reply, output);
            return;
        }
        Reply(output, reply);
        EndTransaction();
    }

    /// <summary>Completes <see cref="SmtpEffect.StoreMessage"/>: we have taken responsibility (RFC 5321 §6.1).</summary>
    public void MessageStored(string queueId, IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.StoreMessage);
        _errors = _junk = 0;
        Answer(new(250, new(2, 0, 0), "queued as " + queueId), output);
        EndTransaction();
    }

    /// <summary>Completes <see cref="SmtpEffect.StoreMessage"/> with a 4yz or 5yz reply.</summary>
    public void MessageNotStored(SmtpReply reply, IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.StoreMessage);
        Answer(reply, output);
        EndTransaction();
    }

    /// <summary>Completes <see cref="SmtpEffect.StoreMessage"/> under LMTP with a reply for each recipient of the transaction, in order (RFC 2033 §4.2).</summary>
    public void MessageAnswered(ReadOnlySpan<SmtpReply> replies, IBufferWriter<byte> output)
    {
        if (!options.Lmtp || replies.Length != Transaction!.Recipients.Count) throw new ArgumentException("one reply for each recipient, and LMTP alone", nameof(replies));
        Complete(SmtpEffect.StoreMessage);
        foreach (var reply in replies)
        {
            if (reply.IsPositive) _errors = _junk = 0;
            Reply(output, reply);
        }
        EndTransaction();
    }

    /// <summary>Completes <see cref="SmtpEffect.StartTls"/>. What was said in the clear is forgotten (RFC 3207 §4.2).</summary>
    /// <param name="binding">That of the connection, or null where there is none.</param>
    public void TlsEstablished(string protocolAndCipher, ChannelBinding? binding = null)
    {
        Complete(SmtpEffect.StartTls);
        BeginUnderTls(protocolAndCipher, binding);
    }

    /// <summary>TLS came before the greeting (RFC 8314 §3), which is to be written next.</summary>
    public void BeginUnderTls(string protocolAndCipher, ChannelBinding? binding = null)
    {
        (Tls, _binding) = (protocolAndCipher, binding);
        AccountName = null;
        _state = SmtpState.Connected;
        HeloName = "";
        IsExtended = false;
    }

    /// <summary>Ends the session for a reason of ours (time-out, shutdown): writes <paramref name="reply"/>, usually 421 (RFC 5321 §3.8).</summary>
    public void Close(SmtpReply reply, IBufferWriter<byte> output)
    {
        Reply(output, reply);
        _effect = SmtpEffect.Close;
    }

    /// <summary>Writes our Received field for the message that is being opened (RFC 5321 §4.4).</summary>
    public void WriteTrace(IBufferWriter<byte> body, IPAddress client, ReadOnlySpan<char> queueId, DateTimeOffset time) => TraceHeader.Write(body, new()
    {
        ClientName = HeloName,
        ClientAddress = client,
        Hostname = options.Hostname,
        Protocol = AccountName is null ? TraceProtocol : TraceProtocol + "A",
        Tls = Tls,
        Id = queueId,
        For = Transaction!.Recipients is [var only] ? only.Path.Address : null,
        Time = time,
    });

    // RFC 3848, RFC 6531 §4.3; with an A behind it for a client that has signed in
    private string TraceProtocol => (options.Lmtp, IsExtended, Transaction!.Parameters.SmtpUtf8, Tls) switch
    {
        (false, false, _, _) => "SMTP",
        (false, _, false, null) => "ESMTP",
        (false, _, false, _) => "ESMTPS",
        (false, _, true, null) => "UTF8SMTP",
        (false, _, true, _) => "UTF8SMTPS",
        (true, _, false, null) => "LMTP",
        (true, _, false, _) => "LMTPS",
        (true, _, true, null) => "UTF8LMTP",
        _ => "UTF8LMTPS",
    };

    /// <summary>Gives the line buffer back; the session is not used any more.</summary>
    public void End() => _lines.Release();

    private void Complete(SmtpEffect effect)
    {
        if (_effect != effect) throw new InvalidOperationException($"the session does not wait for {effect}, but {_effect}");
        _effect = SmtpEffect.NeedInput;
    }

    private int TakeCommand(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        if (input[0] == OtherProtocols.TlsHandshake && _lines.Pending.IsEmpty && _mode == Mode.Command)
        {
            Close(SmtpServerReplies.NotSmtp, output);
            return input.Length;
        }
        var status = _lines.Take(input, options.MaxCommandLine, out var line, out int consumed);
        if (status == LineStatus.TooLong && LineLimit(input) is var limit && limit > options.MaxCommandLine) status = _lines.Take(input, limit, out line, out consumed);
        switch (status)
        {
            case LineStatus.TooLong:
                _overlong = _exchange is not null || (options.Auth is not null && BeginsWithAuth(input)) ? SmtpServerReplies.AuthLineTooLong : SmtpServerReplies.CommandTooLong;
                _lines.Release();
                _mode = Mode.OverlongCommand;
                break;
            case LineStatus.Complete:
                RunLine(line, input[consumed..], output);
                _lines.Release();
                break;
        }
        return consumed;
    }

    /// <summary>RFC 5321 §4.5.3.1.9: 500 for a line that is too long; its rest is no command.</summary>
    private int SkipCommand(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        int lf = input.IndexOf((byte)'\n');
        if (lf < 0) return input.Length;
        _mode = Mode.Command;
        if (_exchange is not null) EndExchange(_overlong, output);
        else Fail(output, _overlong);
        return lf + 1;
    }

    private void RunLine(ReadOnlySpan<byte> line, ReadOnlySpan<byte> behind, IBufferWriter<byte> output)
    {
        // RFC 5321 §2.3.8: CRLF ends a line, a bare CR or LF is an error; NUL never makes sense
        if (!line.EndsWith("\r\n"u8) || line[..^2].ContainsAny((byte)'\r', (byte)0))
        {
            if (_exchange is not null) EndExchange(SmtpServerReplies.BadResponse, output);
            else Fail(output, SmtpServerReplies.CommandMalformed);
            return;
        }
        // RFC 5321 §4.1.1: trailing white space is tolerated
        if (_mode == Mode.Exchange) TakeResponse(line[..^2], output);
        else Run(line[..^2].TrimEnd(" \t"u8), behind, output);
    }

    private void Reply(IBufferWriter<byte> output, SmtpReply reply) =>
        ReplyWriter.Write(output, reply, options.Extensions.HasFlag(SmtpExtensions.EnhancedStatusCodes));

    /// <summary>What became of the message: said once, under LMTP once for each recipient (RFC 2033 §4.2).</summary>
    private void Answer(SmtpReply reply, IBufferWriter<byte> output)
    {
        for (int i = options.Lmtp ? Transaction!.Recipients.Count : 1; i > 0; i--) Reply(output, reply);
    }

    /// <summary>Refuses a command that was wrong.</summary>
    private void Fail(IBufferWriter<byte> output, SmtpReply reply)
    {
        if (++_errors >= options.MaxErrors) Close(SmtpServerReplies.TooManyErrors, output);
        else Reply(output, reply);
    }

    private void CountJunk(IBufferWriter<byte> output)
    {
        if (++_junk >= options.MaxJunkCommands && _effect != SmtpEffect.Close) Close(SmtpServerReplies.TooMuchJunk, output);
    }

    private void EndTransaction()
    {
        Message.End();
        Transaction = null;
        if (_state != SmtpState.Connected) _state = SmtpState.Greeted;
    }
}
