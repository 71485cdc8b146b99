namespace Mta.Protocol.Mime;

/// <summary>What IMAP calls the envelope of a message: the fields of its header that a list of messages shows (RFC 9051 §7.5.2).</summary>
public sealed record Envelope
{
    public MimeText Date { get; init; }
    public MimeText Subject { get; init; }
    public IReadOnlyList<MimeAddress> From { get; init; } = [];

    /// <summary>Empty where there is no such field; ENVELOPE shows From then, and so it does for <see cref="ReplyTo"/>.</summary>
    public IReadOnlyList<MimeAddress> Sender { get; init; } = [];

    public IReadOnlyList<MimeAddress> ReplyTo { get; init; } = [];
    public IReadOnlyList<MimeAddress> To { get; init; } = [];
    public IReadOnlyList<MimeAddress> Cc { get; init; } = [];
    public IReadOnlyList<MimeAddress> Bcc { get; init; } = [];
    public MimeText InReplyTo { get; init; }
    public MimeText MessageId { get; init; }
}
