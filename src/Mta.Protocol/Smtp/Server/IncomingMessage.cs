using System.Buffers;

namespace Mta.Protocol.Smtp.Server;

/// <summary>
/// The message that a session receives: takes the decoded octets, passes them on to the body, and remembers the first reason to refuse
/// it. What comes after that is dropped, so a refused message costs no memory however long it goes on (RFC 5321 §4.1.1.4: the reply
/// has to wait for the end).
/// </summary>
public sealed class IncomingMessage(SmtpServerOptions options)
{
    private IBufferWriter<byte>? _body;
    private bool _binary;

    /// <summary>What was learnt of the content.</summary>
    public MessageInspector Inspector { get; } = new();

    /// <summary>Octets received and decoded.</summary>
    public long Length { get; private set; }

    /// <summary>Why it will not be taken, or null.</summary>
    public SmtpReply? Refusal { get; private set; }

    /// <summary>Starts anew.</summary>
    /// <param name="binary">BODY=BINARYMIME: NUL octets are part of it.</param>
    public void Begin(IBufferWriter<byte> body, bool binary)
    {
        _body = body;
        _binary = binary;
        Inspector.Reset();
        Length = 0;
        Refusal = null;
    }

    /// <summary>Lets go of the body.</summary>
    internal void End() => _body = null;

    /// <summary>Takes the next decoded octets.</summary>
    internal void Append(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty || Refusal is not null) return;
        // RFC 5322 §2.2.3: a first line that begins with white space would continue the Received field that we put before it. Such a message
        // has no header section, so a blank line goes in between.
        if (Length == 0 && (octets[0] is (byte)' ' or (byte)'\t'))
        {
            Inspector.Inspect("\r\n"u8);
            _body!.Write("\r\n"u8);
        }
        Length += octets.Length;
        Inspector.Inspect(octets);
        if (Length > options.MaxMessageSize) Refuse(SmtpServerReplies.MessageTooBig);
        else if (Inspector.HeaderLength > options.MaxHeaderSize) Refuse(SmtpServerReplies.HeaderTooBig);
        else if (Inspector.Hops > options.MaxHops) Refuse(SmtpServerReplies.TooManyHops);
        else if (!_binary && !options.AllowNul && octets.Contains((byte)0)) Refuse(SmtpServerReplies.NulOctet);
        else _body!.Write(octets);
    }

    internal void Refuse(SmtpReply reply) => Refusal ??= reply;
}
