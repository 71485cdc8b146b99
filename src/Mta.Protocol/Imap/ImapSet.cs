using System.Globalization;
using System.Text;

namespace Mta.Protocol.Imap;

/// <summary>A sequence set, as it was written (RFC 9051 §9, sequence-set), or "$", the result of the last search (RFC 5182).</summary>
/// <param name="Ranges">In the order of the client; none for "$" alone.</param>
public sealed record ImapSet(IReadOnlyList<ImapRange> Ranges)
{
    /// <summary>"$".</summary>
    public static ImapSet Saved { get; } = new([]);

    /// <summary>It is "$".</summary>
    public bool IsSaved => Ranges.Count == 0;

    /// <summary>The largest number that is named, "*" aside; 0 where there is none.</summary>
    public uint Largest
    {
        get
        {
            uint largest = 0;
            foreach (var (first, last) in Ranges) largest = Math.Max(largest, Math.Max(first, last));
            return largest;
        }
    }

    /// <summary>"*" is in it.</summary>
    public bool HasStar
    {
        get
        {
            foreach (var (first, last) in Ranges)
                if (first == ImapRange.Star || last == ImapRange.Star) return true;
            return false;
        }
    }

    /// <summary>
    /// The ranges in ascending order, apart from each other, within 1 and <paramref name="largest"/>, which is what "*" stands for; with 0
    /// there are none. Within the time of sorting them, however many numbers they hold.
    /// </summary>
    public IReadOnlyList<ImapRange> Normalize(uint largest)
    {
        var ranges = new List<ImapRange>(Ranges.Count);
        foreach (var range in Ranges)
        {
            var (first, last) = range.Resolve(largest);
            // what is beyond the largest is no message: RFC 9051 §6.4.9 has UIDs that do not exist ignored
            if (first <= largest) ranges.Add(new(Math.Max(1, first), Math.Min(last, largest)));
        }
        if (largest == 0) ranges.Clear();
        ranges.Sort(static (one, other) => one.First.CompareTo(other.First));
        int count = 0;
        for (int i = 0; i < ranges.Count; i++)
        {
            var range = ranges[i];
            if (count > 0 && range.First - 1 <= ranges[count - 1].Last) ranges[count - 1] = new(ranges[count - 1].First, Math.Max(ranges[count - 1].Last, range.Last));
            else ranges[count++] = range;
        }
        ranges.RemoveRange(count, ranges.Count - count);
        return ranges;
    }

    /// <summary>The numbers of <see cref="Normalize"/>, one by one: up to <paramref name="largest"/> of them.</summary>
    public IEnumerable<uint> Numbers(uint largest)
    {
        foreach (var (first, last) in Normalize(largest))
            for (ulong number = first; number <= last; number++) yield return (uint)number;
    }

    /// <summary>Whether a number from 1 to <paramref name="largest"/>, which is what "*" stands for, is meant.</summary>
    public bool Contains(uint number, uint largest)
    {
        if (number == 0 || number > largest) return false;
        foreach (var range in Ranges)
        {
            var (first, last) = range.Resolve(largest);
            if (number >= first && number <= last) return true;
        }
        return false;
    }

    /// <summary>The set of these numbers, which ascend and are at least one, in as few ranges as there can be.</summary>
    /// <exception cref="ArgumentException">There are none, a 0, or they do not ascend.</exception>
    public static ImapSet Of(IEnumerable<uint> ascending)
    {
        var ranges = new List<ImapRange>();
        uint last = 0;
        foreach (uint number in ascending)
        {
            if (number <= last) throw new ArgumentException("the numbers do not ascend from 1", nameof(ascending));
            if (number - 1 == last && ranges.Count > 0) ranges[^1] = new(ranges[^1].First, number);
            else ranges.Add(new(number, number));
            last = number;
        }
        return ranges.Count > 0 ? new(ranges) : throw new ArgumentException("no set is empty", nameof(ascending));
    }

    /// <summary>As it goes over the wire.</summary>
    public override string ToString()
    {
        if (IsSaved) return "$";
        var text = new StringBuilder();
        foreach (var (first, last) in Ranges)
        {
            if (text.Length > 0) text.Append(',');
            Append(text, first);
            if (last != first) Append(text.Append(':'), last);
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, uint number)
    {
        if (number == ImapRange.Star) text.Append('*');
        else text.Append(CultureInfo.InvariantCulture, $"{number}");
    }
}
