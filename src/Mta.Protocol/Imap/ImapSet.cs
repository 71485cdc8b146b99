namespace Mta.Protocol.Imap;

/// <summary>A sequence set, as it was written (RFC 9051 §9, sequence-set), or "$", the result of the last search (RFC 5182).</summary>
/// <param name="Ranges">In the order of the client; none for "$" alone.</param>
public sealed record ImapSet(IReadOnlyList<ImapRange> Ranges)
{
    /// <summary>"$".</summary>
    public static ImapSet Saved { get; } = new([]);

    /// <summary>It is "$".</summary>
    public bool IsSaved => Ranges.Count == 0;

    /// <summary>The largest number that is named, "*" aside.</summary>
    public uint Largest => throw new NotImplementedException();

    /// <summary>"*" is in it.</summary>
    public bool HasStar => throw new NotImplementedException();

    /// <summary>The ranges in ascending order, apart from each other, within 1 and <paramref name="largest"/>, which is what "*" stands for.</summary>
    public IReadOnlyList<ImapRange> Normalize(uint largest) => throw new NotImplementedException();

    /// <summary>The numbers of <see cref="Normalize"/>, one by one: up to <paramref name="largest"/> of them.</summary>
    public IEnumerable<uint> Numbers(uint largest) => throw new NotImplementedException();

    /// <summary>Whether a number is meant, where "*" stands for <paramref name="largest"/>.</summary>
    public bool Contains(uint number, uint largest) => throw new NotImplementedException();

    /// <summary>The set of these numbers, which are in ascending order, in as few ranges as there can be.</summary>
    public static ImapSet Of(IEnumerable<uint> ascending) => throw new NotImplementedException();

    /// <summary>As it goes over the wire.</summary>
    public override string ToString() => throw new NotImplementedException();
}
