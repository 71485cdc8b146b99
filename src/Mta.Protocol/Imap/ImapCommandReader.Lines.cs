using System.Text;
using Mta.Protocol.Imap.Reading;

namespace Mta.Protocol.Imap;

public sealed partial class ImapCommandReader
{
    private const int LongestTag = 128;

    private ImapEvent TakeLine(ReadOnlySpan<byte> input, out int used)
    {
        used = 0;
        // A TLS record where a command should begin: no line will ever come
        if (_mode == Mode.Command && _text == 0 && input[0] == 0x16) return Fatal("this is TLS, not IMAP");
        int lf = input.IndexOf((byte)'\n');
        int length = lf < 0 ? input.Length : lf + 1;
        if (_text + length > LineLimit(input, _text + length))
            return Fatal(_mode == Mode.Skip ? "too much of a command that was refused" : "the line is too long");
        used = length;
        _text += length;
        if (lf >= 0 && _buffer.Length == 0) return RunLine(input[..length], input[..length], isBuffered: false);
        _buffer.Append(input[..length]);
        return lf < 0 ? ImapEvent.NeedInput : RunLine(_buffer.Span[_lineStart..], _buffer.Span, isBuffered: true);
    }

    /// <param name="whole">The command so far, the line at its end.</param>
    private ImapEvent RunLine(ReadOnlySpan<byte> line, ReadOnlySpan<byte> whole, bool isBuffered) => _mode switch
    {
        Mode.Response => TakeResponse(line),
        Mode.Done => TakeDone(line),
        Mode.Skip => EndSkip(line),
        _ => RunCommandLine(line, whole, isBuffered),
    };

    private long LineLimit(ReadOnlySpan<byte> input, int length)
    {
        if (_mode == Mode.Response) return Options.MaxResponseLine;
        if (_mode == Mode.Skip) return Math.Min(Options.MaxLine, Options.MaxSkipped - _skipped);
        int limit = Math.Min(Options.MaxLine, Options.MaxCommand - _literals);
        return length > limit && Options.MaxResponseLine > limit && _rule is null && BeginsWithAuthenticate(input) ? Options.MaxResponseLine : limit;
    }

    private bool BeginsWithAuthenticate(ReadOnlySpan<byte> input)
    {
        Span<byte> head = stackalloc byte[LongestTag + 16];
        int kept = Math.Min(head.Length, _buffer.Length), more = Math.Min(head.Length - kept, input.Length);
        _buffer.Span[..kept].CopyTo(head);
        input[..more].CopyTo(head[kept..]);
        head = head[..(kept + more)];
        int space = head.IndexOf((byte)' ');
        return space > 0 && space + 14 <= head.Length && Ascii.EqualsIgnoreCase(head.Slice(space, 14), " AUTHENTICATE "u8);
    }

    private ImapEvent RunCommandLine(ReadOnlySpan<byte> line, ReadOnlySpan<byte> whole, bool isBuffered)
    {
        var header = ImapLiteralHeader.TryRead(line, out var found) ? found : (ImapLiteralHeader?)null;
        if (header is { IsValid: false, IsSynchronizing: false }) return Fatal("a literal is too large", ImapCode.TooBig);
        if (_rule is null && Begin(line) is { } fault)
        {
            // a request that carries commands in its body must not get to them
            return line.IndexOf(" HTTP/"u8) >= 0 ? Fatal("this is HTTP, not IMAP") : Refuse(fault, header);
        }
        // RFC 9051 §2.2: CRLF ends a line; a bare CR or LF, and NUL, stand nowhere in one
        if (!IsWhole(line)) return Refuse(new(_tag, ImapStatus.Bad, "the line has a bare CR or LF, or a NUL"), header);
        if (header is { IsValid: false }) return Refuse(new(_tag, ImapStatus.Bad, "a literal is too large", ImapCode.TooBig), header);
        if (_rule!.Parse is not null) return header is { } literal ? TakeArgument(line, literal, isBuffered) : Complete(whole[..^2]);

        _append ??= new(_rule, new(_tag!, _uid), Utf8, _argumentsAt);
        switch (_append.Read(header is null ? whole[..^2] : whole, header))
        {
            case AppendStep.Argument: return TakeArgument(line, header!.Value, isBuffered);
            case AppendStep.Message: return Offer(header!.Value);
            case AppendStep.Complete:
                Command = _append.Command;
                Reset();
                return ImapEvent.Command;
            default: return Refuse(new(_tag, ImapStatus.Bad, $"{_rule.Name}: {_append.Fault}"), header);
        }
    }

    /// <summary>Reads tag and name of a command, and judges them.</summary>
    private ImapError? Begin(ReadOnlySpan<byte> line)
    {
        int length = line.IndexOfAnyExcept(ImapChars.Tag);
        if (length is <= 0 or > LongestTag || line[length] != ' ') return new(null, ImapStatus.Bad, "a tag and a command are expected");
        string tag = Encoding.ASCII.GetString(line[..length]);
        var parser = new ImapParser(line.TrimEnd("\r\n"u8), Utf8);
        parser.MoveTo(length + 1);
        bool uid = parser.TryWord("UID"u8);
        if (uid) parser.Space();
        var rule = ImapCommandTable.Find(parser.Atom());
        if (rule is null || (uid && !rule.HasUid)) return new(tag, ImapStatus.Bad, "unknown command");
        if ((rule.Legal & State) == ImapStates.None) return new(tag, ImapStatus.Bad, OutOfPlace(rule));
        (_tag, _rule, _uid, _argumentsAt) = (tag, rule, uid, parser.Position);
        return null;
    }

    private string OutOfPlace(ImapCommandRule rule) => rule.Name + State switch
    {
        ImapStates.NotAuthenticated => ": sign in first",
        ImapStates.Authenticated when rule.Legal == ImapStates.Selected => ": select a mailbox first",
        _ when rule.Legal == ImapStates.NotAuthenticated => ": you have signed in already",
        _ => ": not while a mailbox is selected",
    };

    private ImapEvent TakeArgument(ReadOnlySpan<byte> line, ImapLiteralHeader literal, bool isBuffered)
    {
        if (IsTooLarge(literal) || literal.Size > Options.MaxLiterals - _literals || literal.Size > Options.MaxCommand - _literals - _text)
            return Refuse(new(_tag, ImapStatus.Bad, "a literal is too large", ImapCode.TooBig), literal);
        if (!isBuffered) _buffer.Append(line);
        _literals += (int)literal.Size;
        (_mode, _left, _continue) = (Mode.Literal, literal.Size, literal.IsSynchronizing);
        return ImapEvent.NeedInput;
    }

    private ImapEvent Offer(ImapLiteralHeader literal)
    {
        if (IsTooLarge(literal)) return Refuse(new(_tag, ImapStatus.Bad, "a literal is too large to be sent unasked", ImapCode.TooBig), literal);
        // what came before is known by now
        _buffer.Clear();
        _lineStart = 0;
        (_mode, Message) = (Mode.Offered, _append!.Literal);
        return ImapEvent.OpenMessage;
    }

    // RFC 7888 §5
    private bool IsTooLarge(ImapLiteralHeader literal) => !literal.IsSynchronizing && literal.Size > Options.MaxNonSynchronizing;

    private ImapEvent Complete(ReadOnlySpan<byte> whole)
    {
        var parser = new ImapParser(whole, Utf8);
        parser.MoveTo(_argumentsAt);
        var command = _rule!.Parse!(ref parser, new(_tag!, _uid));
        parser.End();
        var (tag, name) = (_tag, _rule.Name);
        Reset();
        if (parser.Fault is { } fault) return Fail(tag, $"{name}: {fault}", parser.FaultStatus, parser.FaultCode);
        Command = command;
        return ImapEvent.Command;
    }

    /// <summary>Refuses a command; what of it comes unasked is skipped. Who waits for a continuation is answered by the refusal (RFC 9051 §7.5).</summary>
    private ImapEvent Refuse(ImapError error, ImapLiteralHeader? header)
    {
        if (header is { IsSynchronizing: false } literal)
        {
            Skip(literal.Size);
            if (_mode == Mode.Over) return ImapEvent.Fatal;
        }
        else Reset();
        Error = error;
        return ImapEvent.Error;
    }

    /// <summary>The next octets, and what of the command follows on them, are read and dropped.</summary>
    private void Skip(long size)
    {
        _buffer.Clear();
        _skipped += size;
        if (_skipped < 0 || _skipped > Options.MaxSkipped) Fatal("a literal is too large", ImapCode.TooBig);
        else (_mode, _left, _lineStart, _text) = (Mode.SkippedLiteral, size, 0, 0);
    }

    private ImapEvent EndSkip(ReadOnlySpan<byte> line)
    {
        _skipped += line.Length;
        if (!ImapLiteralHeader.TryRead(line, out var header) || header.IsSynchronizing) Reset();
        else if (!header.IsValid) return Fatal("a literal is too large", ImapCode.TooBig);
        else Skip(header.Size);
        return _mode == Mode.Over ? ImapEvent.Fatal : ImapEvent.NeedInput;
    }

    /// <summary>It ends with CRLF, and there is neither CR nor NUL in it before.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> line) => line.EndsWith("\r\n"u8) && !line[..^2].ContainsAny((byte)'\r', (byte)0);
}
