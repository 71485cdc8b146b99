using Mta.Protocol.Smtp;

namespace Mta.Load.Sink;

/// <summary>What a provider decides at a stage: go on (the default), a reply that refuses, or a fault.</summary>
internal readonly record struct Verdict(SmtpReply? Reply, Fault Fault = Fault.None)
{
    public bool IsAccepted => Reply is null && Fault == Fault.None;
}
