namespace Mta.Spool;

/// <summary>Decides which segments nobody needs any more, and which are worth emptying. On the writer's thread.</summary>
internal sealed class Reclaimer(SegmentStore segments, Partition[] partitions, SpoolSettings settings, TimeProvider clock)
{
    /// <summary>Those that do not follow are asked again after this: their partition may have started anew.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Segments without a live body, whose records are in every partition's journal. What was settled before the bodies were released must be
    /// durable before they are removed.
    /// </summary>
    public void FindEmpty(List<Segment> empty)
    {
        // a partition that has not been here since the start may hold bodies anywhere
        if (!Array.TrueForAll(partitions, partition => partition.HasAttached)) return;
        foreach (var segment in segments.Ordered)
        {
            if (segment == segments.Current || !IsJournaled(segment)) continue;
            var (bodies, bytes) = Live(segment);
            if (bodies == 0) empty.Add(segment);
            else if (bytes < segment.Length * settings.EvacuateBelow) AskToEmpty(segment);
        }
    }

    public void Remove(Segment segment)
    {
        segments.Remove(segment);
        foreach (var partition in partitions) partition.Forget(segment.Number);
    }

    private bool IsJournaled(Segment segment)
    {
        for (int queue = 0; queue < partitions.Length; queue++)
            if (segment.LastLsn(queue) > partitions[queue].Checkpoint) return false;
        return true;
    }

    private (long Bodies, long Bytes) Live(Segment segment)
    {
        var (bodies, bytes) = (0L, 0L);
        foreach (var partition in partitions)
        {
            var live = partition.In(segment.Number);
            bodies += live.Bodies;
            bytes += live.Bytes;
        }
        return (bodies, bytes);
    }

    private void AskToEmpty(Segment segment)
    {
        long now = clock.GetTimestamp();
        if (segment.EvacuationAsked is { } asked && clock.GetElapsedTime(asked, now) < AskAgain) return;
        segment.EvacuationAsked = now;
        var evacuate = new SpoolProtocol.Evacuate(segment.Number);
        foreach (var partition in partitions)
            if (partition.Live.In(segment.Number).Bodies > 0) partition.Receiver?.Tell(evacuate, Akka.Actor.ActorRefs.NoSender);
    }
}
