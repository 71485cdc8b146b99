namespace Mta.Mailbox;

/// <summary>UIDs that follow each other, both ends included (RFC 9051 §2.3.1.1).</summary>
public readonly record struct UidRun(uint First, uint Last)
{
    public long Count => (long)Last - First + 1;

    public bool Contains(uint uid) => uid >= First && uid <= Last;

    /// <summary>Puts single UIDs, in ascending order, into as few runs as there can be.</summary>
    public static List<UidRun> Of(IEnumerable<uint> ascending)
    {
        var runs = new List<UidRun>();
        foreach (uint uid in ascending)
        {
            if (runs.Count > 0 && runs[^1].Last == uid - 1) runs[^1] = runs[^1] with { Last = uid };
            else runs.Add(new(uid, uid));
        }
        return runs;
    }

    /// <summary>Runs that hold these, and what is between two that are near each other: to read a few others costs less than to ask anew.</summary>
    /// <param name="gap">UIDs between two runs, at most.</param>
    public static IEnumerable<UidRun> Join(IEnumerable<UidRun> ascending, uint gap)
    {
        UidRun? open = null;
        foreach (var run in ascending)
        {
            if (open is { } before && run.First - before.Last <= gap + 1) open = before with { Last = run.Last };
            else
            {
                if (open is { } whole) yield return whole;
                open = run;
            }
        }
        if (open is { } last) yield return last;
    }
}
