using System.Buffers;
using Mta.Protocol.Sasl;
using Mta.Protocol.Text;

namespace Mta.Protocol.Pop3;

/// <summary>
/// One POP3 session, server side, without I/O (RFC 1939): octets go in, responses come out, and what the session cannot do itself it asks for as a
/// <see cref="Pop3Effect"/>. Pipelined commands are answered in order (RFC 2449 §6.6). Not safe for use by two threads at once.
/// </summary>
/// <remarks>
/// Between two calls the session holds a buffer only while a command is incomplete; what it writes in one call is bounded, whatever the size of the
/// maildrop. This file is the machine; signing in and the maildrop are in the other parts.
/// </remarks>
public sealed partial class Pop3ServerSession(Pop3ServerOptions options, bool tlsAvailable)
{
    // RFC 2449 §4
    private const int MaxCommand = 255;

    private enum Mode : byte { Command, Exchange, Overlong, Listing }

    private LineReader _lines = new(MaxCommand + 1, isSecret: true);
    private Pop3State _state = Pop3State.Authorization;
    private Mode _mode;
    private Pop3Effect _effect;
    private int _errors, _strangerCommands;

    /// <summary>Protocol and cipher once TLS is active, or null.</summary>
    public string? Tls { get; private set; }

    /// <summary>The client said that it knows header sections with octets above 127 (RFC 6856 §2.1). It gets them as they are in either case.</summary>
    public bool IsUtf8 { get; private set; }

    /// <summary>The client was greeted.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>The client has signed in, and its maildrop is open.</summary>
    public bool IsSignedIn => _state == Pop3State.Transaction;

    /// <summary>Something would be lost if the session ended now: a message on its way, or marks that only QUIT makes hold.</summary>
    public bool IsBusy => _marked > 0 || _effect == Pop3Effect.ReadMessage;

    /// <summary>Writes the greeting, which has no timestamp in it: APOP is not offered (RFC 1939 §7).</summary>
    public void Start(IBufferWriter<byte> output)
    {
        IsStarted = true;
        Pop3ReplyWriter.Ok(output, $"{options.Hostname} POP3");
    }

    /// <summary>
    /// Takes input until it is used up or an effect is due, which is returned. The rest of the input, from <paramref name="consumed"/>, is
    /// to be offered again after the effect's completion; so is an empty input, for a completion may lead to the next effect at once.
    /// </summary>
    public Pop3Effect Advance(ReadOnlySpan<byte> input, IBufferWriter<byte> output, out int consumed)
    {
        consumed = 0;
        if (_effect == Pop3Effect.SendOutput) _effect = Pop3Effect.NeedInput;
        if (_effect == Pop3Effect.NeedInput && _mode == Mode.Listing) ListOn(output);
        while (_effect == Pop3Effect.NeedInput && consumed < input.Length)
        {
            var rest = input[consumed..];
            consumed += _mode == Mode.Overlong ? SkipLine(rest, output) : TakeLine(rest, output);
        }
        return _effect;
    }

    /// <summary>Completes <see cref="Pop3Effect.StartTls"/>. What was said in the clear is forgotten (RFC 2595 §4).</summary>
    /// <param name="binding">That of the connection, or null where there is none.</param>
    public void TlsEstablished(string protocolAndCipher, ChannelBinding? binding = null)
    {
        Complete(Pop3Effect.StartTls);
        BeginUnderTls(protocolAndCipher, binding);
    }

    /// <summary>TLS came before the greeting (RFC 8314 §3), which is to be written next.</summary>
    public void BeginUnderTls(string protocolAndCipher, ChannelBinding? binding = null)
    {
        (Tls, _binding) = (protocolAndCipher, binding);
        (_user, IsUtf8) = (null, false);
    }

    /// <summary>Ends the session for a reason of ours. Nothing is removed.</summary>
    public void Close(Pop3Refusal reason, IBufferWriter<byte> output)
    {
        Pop3ReplyWriter.Error(output, reason);
        _effect = Pop3Effect.Close;
    }

    /// <summary>Gives the line buffer back; the session is not used any more.</summary>
    public void End() => _lines.Release();

    private void Complete(Pop3Effect effect)
    {
        if (_effect != effect) throw new InvalidOperationException($"the session does not wait for {effect}, but {_effect}");
        _effect = Pop3Effect.NeedInput;
    }

    private int TakeLine(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        if (input[0] == OtherProtocols.TlsHandshake && _lines.Pending.IsEmpty && _mode == Mode.Command)
        {
            End(Pop3Replies.NotPop3, output);
            return input.Length;
        }
        var status = _lines.Take(input, MaxCommand, out var line, out int consumed);
        // RFC 5034 §4: what a mechanism has to say may be longer than a command; many clients send it with the command all the same
        if (status == LineStatus.TooLong && (_mode == Mode.Exchange || BeginsWithAuth(input))) status = _lines.Take(input, SaslExchange.MaxLine, out line, out consumed);
        switch (status)
        {
            case LineStatus.TooLong:
                _lines.Release();
                EndExchange();
                _mode = Mode.Overlong;
                break;
            case LineStatus.Complete:
                RunLine(line, input[consumed..], output);
                _lines.Release();
                break;
        }
        return consumed;
    }

    /// <summary>The rest of a line that is too long is no command.</summary>
    private int SkipLine(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        int lf = input.IndexOf((byte)'\n');
        if (lf < 0) return input.Length;
        _mode = Mode.Command;
        Fail(Pop3Replies.TooLong, output);
        return lf + 1;
    }

    private void RunLine(ReadOnlySpan<byte> line, ReadOnlySpan<byte> behind, IBufferWriter<byte> output)
    {
        // RFC 1939 §3: CRLF ends a command; a bare CR or LF is an error, NUL never makes sense
        if (!line.EndsWith("\r\n"u8) || line[..^2].ContainsAny((byte)'\r', (byte)0))
        {
            EndExchange();
            Fail(Pop3Replies.Malformed, output);
        }
        else if (_mode == Mode.Exchange) TakeResponse(line[..^2], output);
        else Run(line[..^2], behind, output);
    }

    private void Run(ReadOnlySpan<byte> line, ReadOnlySpan<byte> behind, IBufferWriter<byte> output)
    {
        int space = line.IndexOf((byte)' ');
        var verb = space < 0 ? line : line[..space];
        if (Pop3CommandTable.Find(verb) is not { } rule)
        {
            if (OtherProtocols.Has(verb)) End(Pop3Replies.NotPop3, output);
            else Fail(Pop3Replies.UnknownCommand, output);
            return;
        }
        var argument = space < 0 ? default : line[(space + 1)..];
        // a password may begin and end with a blank, and nothing else does
        if (rule.Verb != Pop3Verb.Pass) argument = argument.Trim((byte)' ');
        if (rule.Argument == Argument.None && !argument.IsEmpty) Fail(Pop3Replies.NoArgument, output);
        else if (rule.Argument == Argument.Required && argument.IsEmpty) Fail(Pop3Replies.ArgumentMissing, output);
        else if (!rule.Legal.HasFlag(_state)) Fail(IsSignedIn ? Pop3Replies.SignedInAlready : Pop3Replies.SignInFirst, output);
        else if (!IsSignedIn && rule.Verb != Pop3Verb.Quit && ++_strangerCommands > options.MaxStrangerCommands) End(Pop3Replies.TooManyCommands, output);
        else Run(rule.Verb, argument, behind, output);
    }

    private void Run(Pop3Verb verb, ReadOnlySpan<byte> argument, ReadOnlySpan<byte> behind, IBufferWriter<byte> output)
    {
        switch (verb)
        {
            case Pop3Verb.User: User(argument, output); break;
            case Pop3Verb.Pass: Pass(argument, output); break;
            case Pop3Verb.Auth: Authenticate(argument, output); break;
            case Pop3Verb.Stls: StartTls(behind, output); break;
            case Pop3Verb.Utf8: SwitchToUtf8(output); break;
            case Pop3Verb.Capa: Capabilities(output); break;
            case Pop3Verb.Lang: Language(argument, output); break;
            case Pop3Verb.Quit: Quit(output); break;
            case Pop3Verb.Stat: Stat(output); break;
            case Pop3Verb.List or Pop3Verb.Uidl: List(verb == Pop3Verb.Uidl, argument, output); break;
            case Pop3Verb.Retr: Retrieve(argument, output); break;
            case Pop3Verb.Top: Top(argument, output); break;
            case Pop3Verb.Dele: Delete(argument, output); break;
            case Pop3Verb.Rset: Reset(output); break;
            default: output.Write(Pop3Replies.Ok); break; // NOOP
        }
    }

    private void StartTls(ReadOnlySpan<byte> behind, IBufferWriter<byte> output)
    {
        if (Tls is not null || !tlsAvailable) Fail(Pop3Replies.NotOffered, output);
        else if (!behind.IsEmpty) End(Pop3Replies.TlsInjection, output);
        else
        {
            output.Write(Pop3Replies.ReadyForTls);
            _effect = Pop3Effect.StartTls;
        }
    }

    private void SwitchToUtf8(IBufferWriter<byte> output)
    {
        IsUtf8 = true;
        output.Write(Pop3Replies.Utf8On);
    }

    /// <summary>RFC 2449 §5: what holds now.</summary>
    private void Capabilities(IBufferWriter<byte> output)
    {
        output.Write(Pop3Replies.Capabilities);
        output.Write("TOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nUTF8 USER\r\nLANG\r\nEXPIRE NEVER\r\n"u8);
        if (TakesPasswords) output.Write("USER\r\n"u8);
        if (Mechanisms != SaslMechanisms.None) Pop3ReplyWriter.Line(output, "SASL " + SaslNames.List(Mechanisms));
        // RFC 2595 §4: before the sign-in, and not again under TLS
        if (!IsSignedIn && Tls is null && tlsAvailable) output.Write("STLS\r\n"u8);
        // RFC 2449 §6.9 lets us tell our own people alone
        if (IsSignedIn) output.Write("IMPLEMENTATION Mta\r\n"u8);
        output.Write(".\r\n"u8);
    }

    /// <summary>RFC 6856 §3: there is one language, and it is the default, too.</summary>
    private void Language(ReadOnlySpan<byte> tag, IBufferWriter<byte> output)
    {
        if (tag.IsEmpty) output.Write(Pop3Replies.Languages);
        else if (tag is [(byte)'*'] || System.Text.Ascii.EqualsIgnoreCase(tag, "en"u8)) output.Write(Pop3Replies.English);
        else output.Write(Pop3Replies.UnknownLanguage);
    }

    /// <summary>RFC 1939 §6: in the TRANSACTION state it leads to UPDATE, the one way to it.</summary>
    private void Quit(IBufferWriter<byte> output)
    {
        if (_marked > 0) _effect = Pop3Effect.Update;
        else End(Pop3Replies.Bye, output);
    }

    /// <summary>Refuses a command that was wrong.</summary>
    private void Fail(ReadOnlySpan<byte> reply, IBufferWriter<byte> output)
    {
        if (++_errors >= options.MaxErrors) End(Pop3Replies.TooManyErrors, output);
        else output.Write(reply);
    }

    private void End(ReadOnlySpan<byte> reply, IBufferWriter<byte> output)
    {
        output.Write(reply);
        _effect = Pop3Effect.Close;
    }
}
