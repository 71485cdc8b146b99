using Mta.Config;

namespace Mta.Spool;

/// <summary>When an accepted message is on stable storage.</summary>
public enum Durability : byte
{
    /// <summary>Before it is acknowledged.</summary>
    Strict,

    /// <summary>At most an interval after that.</summary>
    Relaxed,
}

/// <summary>The section <c>mta.spool</c>; what each key means stands in reference.conf. Sizes in octets.</summary>
public sealed record SpoolSettings
{
    public required long SegmentSize { get; init; }
    public required int LargeBody { get; init; }
    public required Durability Durability { get; init; }
    public required TimeSpan RelaxedInterval { get; init; }
    public required TimeSpan Gather { get; init; }
    public required long Memory { get; init; }
    public required long MinFree { get; init; }
    public required TimeSpan SettleInterval { get; init; }
    public required int MaxPending { get; init; }
    public required int MaxSettlements { get; init; }
    public required double EvacuateBelow { get; init; }
    public required int SpareSegments { get; init; }

    /// <summary>Reads and checks the section; throws <see cref="ConfigException"/>.</summary>
    public static SpoolSettings From(ConfigSection section) => new()
    {
        SegmentSize = Size(section, "segment-size", SegmentHeader.BlockLength * 2, 1L << 40),
        LargeBody = (int)Size(section, "large-body", 1024, SpoolWriter.MaxCommit / 2),
        Durability = section.Enum<Durability>("durability"),
        RelaxedInterval = section.Duration("relaxed-interval") is var relaxed && relaxed > TimeSpan.Zero
            ? relaxed : throw section.Wrong("relaxed-interval", "must be more than 0"),
        Gather = section.Duration("gather") is var gather && gather <= TimeSpan.FromSeconds(10)
            ? gather : throw section.Wrong("gather", "must be at most 10s"),
        Memory = Size(section, "memory", 0, long.MaxValue),
        MinFree = Size(section, "min-free", 0, long.MaxValue),
        SettleInterval = section.Duration("settle-interval") is var interval && interval > TimeSpan.Zero
            ? interval : throw section.Wrong("settle-interval", "must be more than 0"),
        MaxPending = section.Int("max-pending", 1),
        MaxSettlements = (int)Size(section, "max-settlements", SettlementNotes.BlockSize, 1 << 30),
        EvacuateBelow = section.Double("evacuate-below", 0, 1),
        SpareSegments = section.Int("spare-segments", 0, 1000),
    };

    private static long Size(ConfigSection section, string key, long min, long max) => section.Size(key) is var size && size >= min && size <= max
        ? size : throw section.Wrong(key, $"must be from {min} to {max} octets, is {size}");
}
