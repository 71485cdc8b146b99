using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Mta.Protocol.Text;

namespace Mta.Protocol.Smtp.Server;

// The commands (RFC 5321 §4.1.1) and what they do to the session.
public sealed partial class SmtpServerSession
{
    // what a stranger's bare newlines mean to others is never ours to decide
    private DataDecoder _decoder = new(trusted ? options.BareNewlines : BareNewlines.Refuse, options.MaxTextLine);
    private long _chunkLength, _chunkRest;
    private bool _chunkIsLast;
    private SmtpReply? _chunkRefusal;

    /// <summary>What is offered now, in answer to EHLO.</summary>
    private SmtpExtensions Offered
    {
        get
        {
            var offered = options.Extensions;
            // RFC 3207 §4.2: not again under TLS; RFC 8689 §4.1: REQUIRETLS only there
            if (Tls is not null || !tlsAvailable) offered &= ~SmtpExtensions.StartTls;
            if (Tls is null) offered &= ~SmtpExtensions.RequireTls;
            // RFC 4865 is for submission: a stranger may not fill our queue with mail for later
            if (!IsTrusted) offered &= ~SmtpExtensions.FutureRelease;
            if (Mechanisms == Sasl.SaslMechanisms.None) offered &= ~SmtpExtensions.Auth;
            if (!offered.HasFlag(SmtpExtensions.Chunking)) offered &= ~SmtpExtensions.BinaryMime; // RFC 3030 §3
            if (!offered.HasFlag(SmtpExtensions.EightBitMime)) offered &= ~(SmtpExtensions.BinaryMime | SmtpExtensions.SmtpUtf8); // RFC 6531 §3.1
            return offered;
        }
    }

    private void Run(ReadOnlySpan<byte> line, ReadOnlySpan<byte> behind, IBufferWriter<byte> output)
    {
        int space = line.IndexOf((byte)' ');
        var verb = space < 0 ? line : line[..space];
        var argument = space < 0 ? default : line[(space + 1)..].TrimStart((byte)' ');
        if (SmtpCommandTable.Find(verb) is not { } rule || !SmtpCommandTable.Has(rule.Verb, options.Lmtp))
        {
            if (OtherProtocols.Has(verb)) Close(SmtpServerReplies.NotSmtp, output);
            else Fail(output, SmtpServerReplies.UnknownCommand);
            return;
        }
        if (rule.Argument == Argument.None && !argument.IsEmpty) Fail(output, SmtpServerReplies.NoArgument);
        else if (rule.Argument == Argument.Required && argument.IsEmpty) Fail(output, SmtpServerReplies.ArgumentMissing);
        else if (!rule.Legal.HasFlag(_state)) Fail(output, OutOfPlace(rule.Verb));
        else if (RefuseStranger(rule.Verb) is { } refusal) Fail(output, refusal);
        else Run(rule.Verb, argument, behind, output);
        if (rule.Junk) CountJunk(output);
    }

    private SmtpReply OutOfPlace(SmtpVerb verb)
    {
        if (!options.Lmtp) return SmtpCommandTable.OutOfPlace(verb, _state, Transaction?.Refused > 0);
        // RFC 2033 §4.2: DATA without an accepted recipient is 503, whether any was refused or not
        return _state == SmtpState.Connected ? SmtpServerReplies.LhloFirst : SmtpCommandTable.OutOfPlace(verb, _state, recipientsRefused: false);
    }

    private void Run(SmtpVerb verb, ReadOnlySpan<byte> argument, ReadOnlySpan<byte> behind, IBufferWriter<byte> output)
    {
        switch (verb)
        {
            case SmtpVerb.Mail: Mail(argument, output); break;
            case SmtpVerb.Rcpt: Rcpt(argument, output); break;
            case SmtpVerb.Data: Data(output); break;
            case SmtpVerb.Bdat: Bdat(argument, output); break;
            case SmtpVerb.Rset: Reset(output); break;
            case SmtpVerb.Quit: Close(SmtpServerReplies.Bye, output); break;
            case SmtpVerb.Ehlo or SmtpVerb.Helo or SmtpVerb.Lhlo: Hello(argument, verb != SmtpVerb.Helo, output); break;
            case SmtpVerb.StartTls: StartTls(behind, output); break;
            case SmtpVerb.Noop: Reply(output, SmtpServerReplies.Ok); break;
            case SmtpVerb.Vrfy: Reply(output, SmtpServerReplies.CannotVerify); break;
            case SmtpVerb.Help: Reply(output, SmtpServerReplies.Help); break;
            case SmtpVerb.Auth: Authenticate(argument, output); break;
            default: Fail(output, SmtpServerReplies.NotImplemented); break; // EXPN
        }
    }

    private void Hello(ReadOnlySpan<byte> name, bool extended, IBufferWriter<byte> output)
    {
        if (!IsHeloName(name))
        {
            Fail(output, SmtpServerReplies.BadHelo);
            return;
        }
        bool isFirst = _state == SmtpState.Connected;
        GiveUpTransaction(); // RFC 5321 §4.1.4: as if RSET
        HeloName = Encoding.ASCII.GetString(name);
        IsExtended = extended;
        if (isFirst && options.VerifyHello) _effect = SmtpEffect.VerifyHello;
        else Introduced(output);
    }

    private void Introduced(IBufferWriter<byte> output)
    {
        _state = SmtpState.Greeted;
        // no enhanced codes here (RFC 2034 §4)
        Reply(output, new(250, default, IsExtended ? Greeting() : options.Hostname));
    }

    /// <summary>
    /// RFC 5321 §4.1.1.1 wants a domain or an address literal; the characters of either will do, for many clients are misconfigured.
    /// What is let through here ends up in the Received field.
    /// </summary>
    private static bool IsHeloName(ReadOnlySpan<byte> name)
    {
        if (name.Length > Addresses.DomainName.MaxLength) return false;
        foreach (byte b in name)
            if (!char.IsAsciiLetterOrDigit((char)b) && !"-._:[]"u8.Contains(b)) return false;
        return true;
    }

    private string Greeting()
    {
        var lines = new StringBuilder(options.Hostname);
        var offered = Offered;
        foreach (var (extension, keyword) in (ReadOnlySpan<(SmtpExtensions, string)>)
        [
            (SmtpExtensions.Pipelining, "PIPELINING"),
            (SmtpExtensions.Size, $"SIZE {options.MaxMessageSize}"),
            (SmtpExtensions.EightBitMime, "8BITMIME"),
            (SmtpExtensions.SmtpUtf8, "SMTPUTF8"),
            (SmtpExtensions.Chunking, "CHUNKING"),
            (SmtpExtensions.BinaryMime, "BINARYMIME"),
            (SmtpExtensions.EnhancedStatusCodes, "ENHANCEDSTATUSCODES"),
            (SmtpExtensions.Dsn, "DSN"),
            (SmtpExtensions.StartTls, "STARTTLS"),
            (SmtpExtensions.Auth, offered.HasFlag(SmtpExtensions.Auth) ? "AUTH " + Sasl.SaslNames.List(Mechanisms) : ""),
            (SmtpExtensions.DeliverBy, $"DELIVERBY {(long)options.MinDeliverBy.TotalSeconds}"),
            (SmtpExtensions.FutureRelease, string.Create(CultureInfo.InvariantCulture,
                $"FUTURERELEASE {(long)options.MaxHold.TotalSeconds} {clock.GetUtcNow() + options.MaxHold:yyyy-MM-dd'T'HH:mm:ss'Z'}")),
            (SmtpExtensions.MtPriority, "MT-PRIORITY"),
            (SmtpExtensions.RequireTls, "REQUIRETLS"),
            (SmtpExtensions.Limits, options.MaxTransactions > 0 // RFC 9422 §4
                ? $"LIMITS MAILMAX={options.MaxTransactions} RCPTMAX={options.MaxRecipients}" : $"LIMITS RCPTMAX={options.MaxRecipients}"),
        ])
            if (offered.HasFlag(extension)) lines.Append('\n').Append(keyword);
        return lines.ToString();
    }

    private void Mail(ReadOnlySpan<byte> argument, IBufferWriter<byte> output)
    {
        if (options.MaxTransactions > 0 && _transactions >= options.MaxTransactions)
        {
            Close(SmtpServerReplies.TooManyTransactions, output);
            return;
        }
        // RFC 5321 §2.2.1: no extension without EHLO
        var offered = IsExtended ? Offered : SmtpExtensions.None;
        if (SmtpCommandParser.ParseMail(argument, offered, out var path, out var parameters) is { } refusal)
        {
            Fail(output, refusal);
            return;
        }
        if (Judge(parameters) is { } judgement)
        {
            Reply(output, judgement);
            CountJunk(output);
            return;
        }
        // RFC 6710 §5: the priority of a client that we do not trust is ours to lower
        if (!IsTrusted && parameters.Priority != 0) parameters = parameters with { Priority = 0 };
        if (parameters.Auth is not null) parameters = parameters with { Auth = Submitter(parameters.Auth) };
        _transactions++;
        Transaction = new(path, parameters);
        _state = SmtpState.Mail;
        if (options.VerifySender) _effect = SmtpEffect.VerifySender;
        else Reply(output, SmtpServerReplies.SenderOk);
    }

    /// <summary>Whether well-formed parameters ask for more than we do.</summary>
    private SmtpReply? Judge(MailParameters parameters)
    {
        if (parameters.Size > options.MaxMessageSize) return SmtpServerReplies.MessageTooBig; // RFC 1870 §6.1
        if (parameters.HoldFor > (long)options.MaxHold.TotalSeconds) return SmtpServerReplies.HoldTooLong;
        if (parameters.HoldUntil > clock.GetUtcNow() + options.MaxHold) return SmtpServerReplies.HoldTooLong;
        return parameters.DeliverBy is { Return: true } by && by.Seconds < (long)options.MinDeliverBy.TotalSeconds ? SmtpServerReplies.DeadlineTooClose : null;
    }

    private void Rcpt(ReadOnlySpan<byte> argument, IBufferWriter<byte> output)
    {
        var offered = IsExtended ? Offered : SmtpExtensions.None;
        if (SmtpCommandParser.ParseRcpt(argument, offered, Transaction!.Parameters.SmtpUtf8, out var path, out var parameters) is { } refusal)
        {
            Transaction.Refused++;
            Fail(output, refusal);
        }
        else if (Transaction.Recipients.Count >= options.MaxRecipients)
        {
            Reply(output, SmtpServerReplies.TooManyRecipients); // RFC 5321 §4.5.3.1.10
            CountJunk(output);
        }
        else
        {
            PendingRecipient = new(path, parameters);
            _effect = SmtpEffect.VerifyRecipient;
        }
    }

    private void Data(IBufferWriter<byte> output)
    {
        if (Transaction!.Parameters.Body == BodyType.BinaryMime) Fail(output, SmtpServerReplies.BinaryNeedsChunks); // RFC 3030 §3
        else _effect = SmtpEffect.OpenMessage;
    }

    private int TakeData(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        if (_decoder.Decode(input, Message, out int consumed))
        {
            _mode = Mode.Command;
            EndMessage(output);
        }
        return consumed;
    }

    private void EndMessage(IBufferWriter<byte> output)
    {
        if (Message.Refusal is not { } refusal)
        {
            _effect = SmtpEffect.StoreMessage;
            return;
        }
        Answer(refusal, output);
        Discard(refusal);
        EndTransaction();
    }

    private void Bdat(ReadOnlySpan<byte> argument, IBufferWriter<byte> output)
    {
        if (!options.Extensions.HasFlag(SmtpExtensions.Chunking))
        {
            Fail(output, SmtpServerReplies.NotImplemented);
            return;
        }
        int space = argument.IndexOf((byte)' ');
        var length = space < 0 ? argument : argument[..space];
        _chunkIsLast = space >= 0;
        if ((_chunkIsLast && !Ascii.EqualsIgnoreCase(argument[space..].TrimStart((byte)' '), "LAST"u8))
            || length.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0 || !Utf8Parser.TryParse(length, out _chunkLength, out _))
        {
            // where the chunk ends and the commands go on cannot be known any more
            Close(SmtpServerReplies.BadBdat, output);
            return;
        }
        _chunkRest = _chunkLength;
        if (_state == SmtpState.Recipients)
        {
            _state = SmtpState.Chunks;
            _effect = SmtpEffect.OpenMessage;
        }
        else if (_state == SmtpState.Chunks) BeginChunk(output);
        // RFC 3030 §2: the octets come all the same
        else RefuseChunk(OutOfPlace(SmtpVerb.Bdat), output);
    }

    private void BeginChunk(IBufferWriter<byte> output)
    {
        _chunkRefusal = null;
        _mode = Mode.Chunk;
        if (_chunkRest == 0) EndChunk(output);
    }

    private void RefuseChunk(SmtpReply reply, IBufferWriter<byte> output)
    {
        _chunkRefusal = reply;
        _mode = Mode.Chunk;
        if (_chunkRest == 0) EndChunk(output);
    }

    private int TakeChunk(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        int length = (int)Math.Min(input.Length, _chunkRest);
        _chunkRest -= length;
        if (_chunkRefusal is null)
        {
            if (Transaction!.Parameters.Body == BodyType.BinaryMime) Message.Append(input[..length]);
            else _decoder.Decode(input[..length], Message, out _);
        }
        if (_chunkRest == 0) EndChunk(output);
        return length;
    }

    private void EndChunk(IBufferWriter<byte> output)
    {
        _mode = Mode.Command;
        if (_chunkRefusal is { } refused)
        {
            if (_state != SmtpState.Chunks) Fail(output, refused);
            else
            {
                // it could not be opened, which is no fault of the client's
                if (_chunkIsLast) Answer(refused, output);
                else Reply(output, refused);
                FailMessage();
            }
        }
        else if (_chunkIsLast)
        {
            if (Transaction!.Parameters.Body != BodyType.BinaryMime) _decoder.Finish(Message);
            EndMessage(output);
        }
        else if (Message.Refusal is { } refusal)
        {
            Reply(output, refusal);
            Discard(refusal);
            FailMessage();
        }
        else Reply(output, SmtpServerReplies.ChunkOk);

        // RFC 3030 §2: after a refused chunk only RSET helps; after the last one the transaction is over in any case
        void FailMessage()
        {
            if (_chunkIsLast) EndTransaction();
            else _state = SmtpState.ChunkFailed;
        }
    }

    private void Reset(IBufferWriter<byte> output)
    {
        GiveUpTransaction();
        Reply(output, SmtpServerReplies.Ok);
    }

    private void StartTls(ReadOnlySpan<byte> behind, IBufferWriter<byte> output)
    {
        if (Tls is not null) Fail(output, SmtpServerReplies.TlsAlready);
        else if (!tlsAvailable || !options.Extensions.HasFlag(SmtpExtensions.StartTls)) Fail(output, SmtpServerReplies.TlsNotOffered);
        else if (!behind.IsEmpty) Close(SmtpServerReplies.TlsInjection, output);
        else if (options.VerifyStartTls) _effect = SmtpEffect.VerifyStartTls;
        else BeginTls(output);
    }

    private void BeginTls(IBufferWriter<byte> output)
    {
        Reply(output, SmtpServerReplies.ReadyForTls);
        _effect = SmtpEffect.StartTls;
    }

    private void GiveUpTransaction()
    {
        if (_state == SmtpState.Chunks) Discard(null);
        EndTransaction();
    }

    private void Discard(SmtpReply? refusal)
    {
        Refusal = refusal;
        _effect = SmtpEffect.DiscardMessage;
    }
}
