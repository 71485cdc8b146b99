using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

/// <summary>How far the text goes.</summary>
internal enum AppendStep : byte
{
    /// <summary>It ends with the announcement of a literal that belongs to the text.</summary>
    Argument,

    /// <summary>It ends with that of a message, or of a piece of one: <see cref="AppendParser.Literal"/>.</summary>
    Message,

    /// <summary>The command is complete: <see cref="AppendParser.Command"/>.</summary>
    Complete,

    /// <summary>Something is wrong: <see cref="AppendParser.Fault"/>.</summary>
    Fault,
}

/// <summary>
/// Reads APPEND and REPLACE as they come in: from one literal to the next, because what a literal is depends on where it stands. It goes on where
/// it was, so a command of many messages is read once.
/// </summary>
/// <param name="start">Where the arguments begin in the first text.</param>
internal sealed class AppendParser(ImapCommandRule rule, ImapCommandHead head, bool utf8, int start)
{
    private enum Stage : byte { Target, Message, Part, EndOfUtf8 }

    private readonly List<ImapAppendMessage> _messages = [];
    private Stage _stage;
    private int _at = start;
    private string _mailbox = "";
    private uint _replaced;

    // the message under way
    private ImapFlags _flags = ImapFlags.None;
    private DateTimeOffset? _date;
    private List<ImapAppendPart> _parts = [];
    private bool _isCatenated;

    public ImapMessageLiteral? Literal { get; private set; }

    public ImapCommand Command => rule.Verb == ImapVerb.Append ? new AppendCommand(head.Tag, _mailbox, _messages)
        : new ReplaceCommand(head.Tag, head.Uid, _replaced, _mailbox, _messages[0]);

    public string? Fault { get; private set; }

    /// <param name="text">All that came since the last message, with the announcement (and CRLF) or without the CRLF at the end of the command.</param>
    /// <param name="header">That of the literal at the end, or null.</param>
    public AppendStep Read(ReadOnlySpan<byte> text, ImapLiteralHeader? header)
    {
        var parser = new ImapParser(text, utf8);
        parser.MoveTo(_at);
        while (true)
        {
            switch (_stage)
            {
                case Stage.Target:
                    Target(ref parser);
                    break;
                case Stage.Message:
                    if (parser.AtEnd && _messages.Count > 0) return AppendStep.Complete;
                    if (BeginMessage(ref parser, header)) return AppendStep.Message;
                    break;
                case Stage.Part:
                    if (Part(ref parser, header)) return AppendStep.Message;
                    break;
                default:
                    parser.Take(')');
                    if (_isCatenated) _stage = Stage.Part;
                    else EndMessage();
                    break;
            }
            if (parser.NeedsLiteral) return AppendStep.Argument;
            Fault = parser.Fault;
            if (Fault is not null) return AppendStep.Fault;
            _at = parser.Position;
        }
    }

    /// <summary>The message, or the piece, came in; the next text begins behind it.</summary>
    public void Received()
    {
        _parts.Add(new ImapAppendPart.Literal(Literal!.Size, Literal.Kind));
        _at = 0;
        if (Literal.Kind == ImapLiteralKind.Utf8) _stage = Stage.EndOfUtf8;
        else if (!_isCatenated) EndMessage();
        Literal = null;
    }

    private void Target(ref ImapParser parser)
    {
        parser.Space();
        if (rule.Verb == ImapVerb.Replace)
        {
            _replaced = parser.SetNumber();
            parser.Space();
        }
        _mailbox = parser.Mailbox();
        if (!parser.Failed) _stage = Stage.Message;
    }

    /// <summary>True at a message's announcement.</summary>
    private bool BeginMessage(ref ImapParser parser, ImapLiteralHeader? header)
    {
        // RFC 8508 §3.1: one message
        if (rule.Verb == ImapVerb.Replace && _messages.Count > 0) parser.Fail("one message is enough");
        parser.Space();
        (_flags, _date, _parts, _isCatenated) = (ImapFlags.None, null, [], false);
        if (parser.Next == '(')
        {
            _flags = parser.FlagList();
            parser.Space();
        }
        if (parser.Next == '"')
        {
            _date = parser.DateTime();
            parser.Space();
        }
        if (parser.TryWord("CATENATE"u8))
        {
            parser.Space();
            parser.Take('(');
            (_isCatenated, _stage) = (true, Stage.Part);
            return false;
        }
        return parser.TryWord("UTF8"u8) ? Utf8Announced(ref parser, header) : Announced(ref parser, header, Kind(ref parser));
    }

    /// <summary>RFC 4469 §6: the next part, or the end; true at a part's announcement.</summary>
    private bool Part(ref ImapParser parser, ImapLiteralHeader? header)
    {
        if (_parts.Count > 0)
        {
            if (parser.TryTake(')'))
            {
                EndMessage();
                return false;
            }
            parser.Space();
        }
        if (parser.TryWord("URL"u8))
        {
            parser.Space();
            string url = parser.AString();
            if (url.Length == 0) parser.Fail("a URL is expected");
            if (!parser.Failed) _parts.Add(new ImapAppendPart.Url(url));
            return false;
        }
        if (parser.TryWord("UTF8"u8)) return Utf8Announced(ref parser, header);
        if (!parser.TryWord("TEXT"u8)) parser.Fail("TEXT or URL is expected");
        parser.Space();
        return Announced(ref parser, header, Kind(ref parser));
    }

    private static ImapLiteralKind Kind(ref ImapParser parser) => parser.TryTake('~') ? ImapLiteralKind.Binary : ImapLiteralKind.Text;

    /// <summary>RFC 6855 §4: <c>UTF8 (~{n}</c>, for a whole message and for a part.</summary>
    private bool Utf8Announced(ref ImapParser parser, ImapLiteralHeader? header)
    {
        parser.Space();
        parser.Take('(');
        parser.Take('~');
        return Announced(ref parser, header, ImapLiteralKind.Utf8);
    }

    private bool Announced(ref ImapParser parser, ImapLiteralHeader? header, ImapLiteralKind kind)
    {
        if (header is not { } literal || parser.Failed || parser.Left != literal.Length)
        {
            parser.Fail("a message is expected");
            return false;
        }
        Literal = new(head.Tag, rule.Verb, _mailbox, head.Uid, rule.Verb == ImapVerb.Replace ? _replaced : null, _flags, _date,
            _messages.Count, _parts.Count, _isCatenated, literal.Size, kind, literal.IsSynchronizing);
        return true;
    }

    private void EndMessage()
    {
        _messages.Add(new(_flags, _date, _parts, _isCatenated));
        _stage = Stage.Message;
    }
}
