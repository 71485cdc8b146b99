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
}
