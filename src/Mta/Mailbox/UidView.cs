using System.Runtime.InteropServices;

namespace Mta.Mailbox;

/// <summary>
/// The messages of a mailbox as one session knows them: from sequence number to UID and back. It takes 12 octets for each run of UIDs without a
/// gap, not for each message. Not for several threads at once.
/// </summary>
public sealed class UidView
{
    // the runs, and how many messages are before each
    private readonly List<UidRun> _runs = [];
    private readonly List<int> _before = [];

    /// <param name="runs">Ascending, without overlap.</param>
    public UidView(IEnumerable<UidRun> runs)
    {
        foreach (var run in runs) Add(run);
    }

    /// <summary>Messages.</summary>
    public int Count { get; private set; }

    public IReadOnlyList<UidRun> Runs => _runs;

    /// <summary>The largest UID, 0 where there is none.</summary>
    public uint Last => _runs.Count == 0 ? 0 : _runs[^1].Last;

    /// <summary>The UID of a message.</summary>
    /// <param name="sequence">From 1 to <see cref="Count"/>.</param>
    public uint UidAt(int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, Count);
        int index = CollectionsMarshal.AsSpan(_before).BinarySearch(sequence - 1);
        if (index < 0) index = ~index - 1;
        return _runs[index].First + (uint)(sequence - 1 - _before[index]);
    }

    /// <summary>The sequence number of a message, 0 where there is none with this UID.</summary>
    public int SequenceOf(uint uid)
    {
        int index = RunAt(uid);
        return index < _runs.Count && _runs[index].First <= uid ? _before[index] + (int)(uid - _runs[index].First) + 1 : 0;
    }

    /// <summary>The parts of a run that there are messages of, in order.</summary>
    public IEnumerable<UidRun> Within(UidRun wanted)
    {
        for (int i = RunAt(wanted.First); i < _runs.Count && _runs[i].First <= wanted.Last; i++)
            yield return new(Math.Max(_runs[i].First, wanted.First), Math.Min(_runs[i].Last, wanted.Last));
    }

    /// <summary>New messages, with UIDs above all that were there.</summary>
    public void Add(UidRun run)
    {
        if (run.First <= Last) throw new ArgumentException($"{run.First} does not follow {Last}", nameof(run));
        if (_runs.Count > 0 && run.First == Last + 1) _runs[^1] = _runs[^1] with { Last = run.Last };
        else
        {
            _runs.Add(run);
            _before.Add(Count);
        }
        Count = checked(Count + (int)run.Count);
    }

    /// <summary>Takes messages out; what is not there is passed over. Returns what was there.</summary>
    /// <param name="gone">Ascending, without overlap.</param>
    public List<UidRun> Remove(IEnumerable<UidRun> gone) => Remove(gone, out _);

    /// <inheritdoc cref="Remove(IEnumerable{UidRun})"/>
    /// <param name="numbers">The sequence number of the first message of each run that was there, once those before it are gone.</param>
    public List<UidRun> Remove(IEnumerable<UidRun> gone, out List<int> numbers)
    {
        var removed = new List<UidRun>();
        foreach (var run in gone) removed.AddRange(Within(run));
        numbers = new(removed.Count);
        int before = 0;
        foreach (var run in removed)
        {
            numbers.Add(SequenceOf(run.First) - before);
            before += (int)run.Count;
        }
        if (removed.Count == 0) return removed;
        int from = RunAt(removed[0].First), next = 0;
        var rest = new List<UidRun>();
        foreach (var run in CollectionsMarshal.AsSpan(_runs)[from..])
        {
            var left = run;
            bool isLeft = true;
            for (; next < removed.Count && removed[next].First <= left.Last; next++)
            {
                if (removed[next].First > left.First) rest.Add(left with { Last = removed[next].First - 1 });
                isLeft = removed[next].Last < left.Last;
                if (isLeft) left = left with { First = removed[next].Last + 1 };
            }
            if (isLeft) rest.Add(left);
        }
        Count = _before[from];
        _runs.RemoveRange(from, _runs.Count - from);
        _before.RemoveRange(from, _before.Count - from);
        foreach (var run in rest) Add(run);
        return removed;
    }

    /// <summary>The first run that ends at <paramref name="uid"/> or after it.</summary>
    private int RunAt(uint uid)
    {
        int low = 0, high = _runs.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_runs[middle].Last < uid) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
