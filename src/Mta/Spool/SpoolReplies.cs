using Mta.Protocol.Smtp;

namespace Mta.Spool;

/// <summary>What is answered for a message that could not be stored: always to be tried again (RFC 5321 §4.2.1).</summary>
internal static class SpoolReplies
{
    public static readonly SmtpReply Full = SmtpReply.Parse("452 4.3.1 Insufficient system storage");
    public static readonly SmtpReply Failed = SmtpReply.Parse("451 4.3.0 The message cannot be stored now, try again later");
    public static readonly SmtpReply Busy = SmtpReply.Parse("451 4.3.0 Too many messages at once, try again later");
    public static readonly SmtpReply Closing = SmtpReply.Parse("451 4.3.0 The service is closing, try again later");

    public static SmtpReply For(IOException error) => StableStorage.IsFull(error) ? Full : Failed;
}
