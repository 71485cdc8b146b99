using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Mta.Protocol.Addresses;
using Mta.Protocol.Text;

namespace Mta.Protocol.Smtp.Server;

/// <summary>What is put into a submitted message that lacks it.</summary>
/// <param name="Account">Whose it is, <c>local@domain</c>.</param>
/// <param name="MessageId">Without its angle brackets.</param>
public sealed record Submission(string Account, string MessageId, DateTimeOffset Time);

/// <summary>
/// Stands between a session and the place of a message, and makes of what a mail program sent what may travel (RFC 6409 §8): adds Date, Message-ID
/// and Sender where they are missing, takes Bcc out, and learns who the authors are. All else passes octet for octet. Holds one line of the header section
/// and its From and Sender, and nothing of the body. A message that was refused here is swallowed; <see cref="Finish"/> says why.
/// </summary>
public sealed class SubmittedMessage(IBufferWriter<byte> body, Submission submission) : IBufferWriter<byte>, IDisposable
{
    /// <summary>Octets of a From or Sender field, and mailboxes in it.</summary>
    private const int MaxAuthors = 16 * 1024, MaxMailboxes = 100;

    private const int FirstBuffer = 4096;

    private enum Field : byte { None, Kept, Dropped, From, Sender }

    private static readonly SmtpReply BadHeader = SmtpReply.Parse("550 5.6.0 the header holds a line that is no field (RFC 5322 2.2)");
    private static readonly SmtpReply BadOctets = SmtpReply.Parse("550 5.6.0 the header holds octets that are no UTF-8 (RFC 6532 3.1), or a bare CR or LF");
    private static readonly SmtpReply OneFrom = SmtpReply.Parse("550 5.6.0 the header must hold one From field (RFC 5322 3.6)");
    private static readonly SmtpReply OneSender = SmtpReply.Parse("550 5.6.0 the header must hold at most one Sender field (RFC 5322 3.6)");
    private static readonly SmtpReply BadAuthors = SmtpReply.Parse("550 5.6.0 From or Sender does not hold mail addresses (RFC 5322 3.6.2)");

    private byte[] _buffer = [];
    private int _start, _end; // of the line that is not complete yet
    private bool _inBody;
    private Field _field;
    private int _from, _sender;
    private bool _hasDate, _hasMessageId;
    private readonly StringBuilder _fromText = new(), _senderText = new();
    private SmtpReply? _refusal;

    /// <summary>The mailboxes of From and Sender, once the header section is complete.</summary>
    public IReadOnlyList<MailPath> Authors { get; private set; } = [];

    public void Advance(int count)
    {
        if (_refusal is not null) return;
        if (_inBody)
        {
            body.Advance(count);
            return;
        }
        int scanned = _end;
        _end += count;
        while (!_inBody && _refusal is null)
        {
            int lf = _buffer.AsSpan(scanned, _end - scanned).IndexOf((byte)'\n');
            if (lf < 0) break;
            scanned += lf + 1;
            TakeLine(_buffer.AsSpan(_start, scanned - _start));
            _start = scanned;
        }
        if (_inBody && _refusal is null) body.Write(_buffer.AsSpan(_start, _end - _start));
        if (_inBody || _refusal is not null || _start == _end) _start = _end = 0;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_inBody && _refusal is null) return body.GetMemory(sizeHint);
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_end);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>The message is complete: why it will not be taken, or null.</summary>
    public SmtpReply? Finish()
    {
        if (_inBody || _refusal is not null) return _refusal;
        // a header without a body need not end in a blank line (RFC 5322 §2.1), and the last line of a chunk not in CRLF
        if (_end > _start)
        {
            "\r\n"u8.CopyTo(GetSpan(2));
            Advance(2);
        }
        if (!_inBody && _refusal is null) EndHeader();
        return _refusal;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _end >= count) return;
        int length = _end - _start;
        byte[] target = _buffer.Length >= length + count ? _buffer : ArrayPool<byte>.Shared.Rent(Math.Max(FirstBuffer, Math.Max(length + count, 2 * length)));
        _buffer.AsSpan(_start, length).CopyTo(target);
        if (target != _buffer)
        {
            Dispose();
            _buffer = target;
        }
        (_start, _end) = (0, length);
    }

    private void Refuse(SmtpReply reply) => _refusal ??= reply;

    /// <param name="line">With its LF.</param>
    private void TakeLine(ReadOnlySpan<byte> line)
    {
        if (line.SequenceEqual("\r\n"u8))
        {
            EndHeader();
            if (_refusal is null) body.Write(line);
            _inBody = true;
            return;
        }
        // in text CRLF is checked before; in BINARYMIME the header is text all the same (RFC 3030 §3)
        if (!line.EndsWith("\r\n"u8) || line[..^2].Contains((byte)'\r') || !Utf8.IsValid(line)) Refuse(BadOctets);
        else if (line[0] is (byte)' ' or (byte)'\t' ? _field == Field.None : !Begin(line)) Refuse(BadHeader);
        else Pass(line);
    }

    private void Pass(ReadOnlySpan<byte> line)
    {
        if (_field == Field.Dropped) return;
        if (_field is Field.From or Field.Sender)
        {
            var text = _field == Field.From ? _fromText : _senderText;
            var value = line[0] is (byte)' ' or (byte)'\t' ? line : line[(line.IndexOf((byte)':') + 1)..];
            if (text.Length + value.Length > MaxAuthors) Refuse(BadAuthors);
            else text.Append(Encoding.UTF8.GetString(value));
        }
        if (_refusal is null) body.Write(line);
    }

    /// <summary>A line that begins a field; false if it does not.</summary>
    private bool Begin(ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        if (colon <= 0) return false;
        // RFC 5322 §4.5: white space before the colon is obsolete, and still read
        var name = line[..colon].TrimEnd(" \t"u8);
        if (name.IsEmpty || name.ContainsAnyExceptInRange((byte)33, (byte)126)) return false;
        _field = Field.Kept;
        if (Is(name, "From")) (_field, _from) = (Field.From, _from + 1);
        else if (Is(name, "Sender")) (_field, _sender) = (Field.Sender, _sender + 1);
        // RFC 5322 §3.6.3: the others are not to know of it; who gets it is in the envelope
        else if (Is(name, "Bcc") || Is(name, "Resent-Bcc")) _field = Field.Dropped;
        else if (Is(name, "Date")) _hasDate = true;
        else if (Is(name, "Message-ID")) _hasMessageId = true;
        return true;

        static bool Is(ReadOnlySpan<byte> name, string known) => Ascii.EqualsIgnoreCase(name, known);
    }

    private void EndHeader()
    {
        _inBody = true;
        if (_from != 1) Refuse(OneFrom);
        else if (_sender > 1) Refuse(OneSender);
        else if (!MailboxList.TryParse(_fromText.ToString(), MaxMailboxes, out var authors) || authors.Count == 0) Refuse(BadAuthors);
        else if (!MailboxList.TryParse(_senderText.ToString(), 1, out var sender) || sender.Count != _sender) Refuse(BadAuthors);
        else
        {
            // RFC 5322 §3.6.2: several authors need one who sends, and RFC 6409 §8.1 lets us say who that is
            if (authors.Count > 1 && _sender == 0) Add($"Sender: {submission.Account}\r\n");
            if (!_hasDate) AddDate(); // RFC 6409 §8.2
            if (!_hasMessageId) Add($"Message-ID: <{submission.MessageId}>\r\n"); // RFC 6409 §8.3
            Authors = [.. authors, .. sender];
        }
    }

    private void Add(string field) => body.Write(Encoding.UTF8.GetBytes(field));

    private void AddDate()
    {
        var writer = new SpanWriter(body.GetSpan(64));
        writer.Write("Date: "u8);
        MessageDate.Write(ref writer, submission.Time);
        writer.Write("\r\n"u8);
        body.Advance(writer.Length);
    }
}
