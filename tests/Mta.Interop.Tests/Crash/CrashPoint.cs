namespace Mta.Interop.Tests.Crash;

/// <summary>Who pulls the trigger of a <see cref="CrashPoint"/>.</summary>
internal enum Trigger
{
    /// <summary>strace, on the n-th matching system call of a thread, before the call takes place.</summary>
    SystemCall,

    /// <summary>A sender, as soon as it has read the n-th 250.</summary>
    Reply,

    /// <summary>The next hop, as soon as it has written its n-th 250.</summary>
    Delivery,

    /// <summary>The test, n milliseconds after the load began.</summary>
    Time,

    /// <summary>The test, n milliseconds after the program was started: in its recovery from the crash before.</summary>
    Start,

    /// <summary>As <see cref="Time"/>, but the disk loses its power first, and then the program dies.</summary>
    PowerLoss,

    /// <summary>As <see cref="Start"/>, but the disk loses its power.</summary>
    PowerLossAtStart,
}

/// <summary>Which files of the data folder a system call must have to do with.</summary>
internal enum Touching { Anything, CurrentSegments, NextSegments, OldSegments, SpoolFolder, Journal }

/// <summary>A place in the way of a message at which the program is killed.</summary>
/// <param name="Most">The count after which it dies is drawn from 1 to this.</param>
/// <param name="Calls">For <see cref="Trigger.SystemCall"/>.</param>
internal sealed record CrashPoint(string Name, Trigger Trigger, int Most, string Calls = "", Touching Touching = Touching.Anything)
{
    /// <summary>The next hop turns everybody away, so that all that the program sends are replies to its clients.</summary>
    public bool NextHopIsClosed { get; init; }

    public bool AtStart => Trigger is Trigger.Start or Trigger.PowerLossAtStart;
    public bool CutsPower => Trigger is Trigger.PowerLoss or Trigger.PowerLossAtStart;

    public static IReadOnlyList<CrashPoint> Kills { get; } =
    [
        new("at-random", Trigger.Time, 1500),
        new("during-start", Trigger.Start, 2500),
        new("before-append", Trigger.SystemCall, 60, "pwrite64,pwritev", Touching.CurrentSegments),
        new("after-append-before-fsync", Trigger.SystemCall, 60, "fdatasync", Touching.CurrentSegments),
        new("after-fsync-before-250", Trigger.SystemCall, 40, "sendto,sendmsg") { NextHopIsClosed = true },
        new("after-250", Trigger.Reply, 300),
        new("after-remote-250-before-settled", Trigger.Delivery, 200),
        new("during-journal-flush", Trigger.SystemCall, 30, "pwrite64,fsync,fdatasync", Touching.Journal),
        new("during-journal-rewriting", Trigger.SystemCall, 200, "pwrite64,fsync,fdatasync", Touching.Journal),
        new("during-segment-switch", Trigger.SystemCall, 1, "rename,fallocate,pwritev,pwrite64,fdatasync", Touching.NextSegments),
        new("during-folder-sync", Trigger.SystemCall, 3, "fsync", Touching.SpoolFolder),
        new("during-reclaim", Trigger.SystemCall, 2, "rename,unlink", Touching.OldSegments),
    ];

    public static IReadOnlyList<CrashPoint> PowerLosses { get; } =
    [
        new("power-loss", Trigger.PowerLoss, 800),
        new("power-loss-early", Trigger.PowerLoss, 100),
        new("power-loss-late", Trigger.PowerLoss, 2000),
        new("power-loss-during-start", Trigger.PowerLossAtStart, 2500),
    ];
}
