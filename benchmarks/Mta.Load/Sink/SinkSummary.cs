namespace Mta.Load.Sink;

/// <summary>What a sink saw; what <c>mta sink --json</c> prints.</summary>
public sealed record SinkSummary
{
    public required double Seconds { get; init; }

    /// <summary>Messages that were answered with 250.</summary>
    public required long Messages { get; init; }
    public required long Recipients { get; init; }
    public required long Octets { get; init; }

    /// <summary>Messages a second from the first to the last one.</summary>
    public required double Rate { get; init; }
    public required long Connections { get; init; }
    public required long Open { get; init; }

    /// <summary>CPU time of this process for each message; other work of the process is in it.</summary>
    public required double CpuMillisecondsPerMessage { get; init; }
    public required IReadOnlyList<ProviderSummary> Providers { get; init; }

    /// <summary>Null without <see cref="SinkOptions.Check"/>.</summary>
    public required CheckSummary? Check { get; init; }

    /// <summary>Null without <see cref="SinkOptions.ReturnTo"/>.</summary>
    public required ReturnSummary? Returns { get; init; }
}

/// <summary>What came back of accepted messages, by mail.</summary>
public sealed record ReturnSummary
{
    /// <summary>Delivery status notifications (RFC 3464) that were made, and complaints (RFC 5965).</summary>
    public required long Bounces { get; init; }

    /// <inheritdoc cref="Bounces"/>
    public required long Complaints { get; init; }

    /// <summary>Reports that were accepted; that were refused or could not be sent in several tries; that still wait.</summary>
    public required long Sent { get; init; }

    /// <inheritdoc cref="Sent"/>
    public required long Failed { get; init; }

    /// <inheritdoc cref="Sent"/>
    public required int Waiting { get; init; }

    /// <summary>What the bounded queue had no room for.</summary>
    public required long Dropped { get; init; }
}

/// <summary>What one provider saw.</summary>
public sealed record ProviderSummary
{
    public required string Name { get; init; }
    public required string Description { get; init; }
    public required int Domains { get; init; }
    public required long Messages { get; init; }
    public required long Recipients { get; init; }
    public required long Octets { get; init; }
    public required long Connections { get; init; }
    public required long Open { get; init; }
    public required long PeakOpen { get; init; }

    /// <summary>Messages in the last second, and in the best one.</summary>
    public required double Rate { get; init; }
    public required double PeakRate { get; init; }

    /// <summary>Stalls, resets and the like.</summary>
    public required long Faults { get; init; }

    /// <summary>Refusals by reply code.</summary>
    public required SortedDictionary<int, long> Refused { get; init; }
}

/// <summary>What the ids of load messages told.</summary>
public sealed record CheckSummary
{
    public required int Runs { get; init; }

    /// <summary>Different messages, however many recipients they have.</summary>
    public required long Messages { get; init; }

    /// <summary>Different pairs of message and recipient.</summary>
    public required long Deliveries { get; init; }

    /// <summary>Sequence numbers below a run's highest that did not come (yet).</summary>
    public required long Lost { get; init; }

    /// <summary>The same message for the same recipient again.</summary>
    public required long Doubled { get; init; }

    /// <summary>Came after a later message of its run.</summary>
    public required long Reordered { get; init; }

    /// <summary>Messages without an id.</summary>
    public required long Untraced { get; init; }

    /// <summary>Messages or deliveries that the bounded memory had no room for.</summary>
    public required long Unchecked { get; init; }
    public required LatencySummary? Latency { get; init; }
}

/// <summary>Milliseconds from the generator's sending to our 250.</summary>
public sealed record LatencySummary
{
    public required double P50 { get; init; }
    public required double P90 { get; init; }
    public required double P99 { get; init; }
    public required double P999 { get; init; }
    public required double Max { get; init; }
}
