using Mta.Protocol.Smtp;

namespace Mta.Load;

/// <summary>What ends a connection or a message. With a reply if the server gave one; else the message says what happened.</summary>
internal sealed class LoadException : Exception
{
    public LoadException(string message) : base(message) { }

    public LoadException(SmtpReply reply) : base(reply.ToString()) => Reply = reply;

    public SmtpReply? Reply { get; }
}

/// <summary>No mail can be sent to the target at all: its name has no address, it does not answer, or it refuses before the first message.</summary>
public sealed class TargetUnreachableException(string message) : Exception(message);
