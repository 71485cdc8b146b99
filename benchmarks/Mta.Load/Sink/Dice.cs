namespace Mta.Load.Sink;

/// <summary>
/// Chance that repeats: the same seed gives the same numbers (SplitMix64). Each connection has its own, from the sink's seed and the
/// connection's number, so that what the n-th connection meets does not depend on how the others were scheduled.
/// </summary>
internal struct Dice(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state = seed;

    /// <summary>True with the given probability, 0 to 1; the impossible and the certain take no number.</summary>
    public bool Falls(double probability) => probability > 0 && (probability >= 1 || Fraction(Next()) < probability);

    /// <summary>A number in [0, 1) that depends on the two texts and the seed alone.</summary>
    public static double Fraction(ulong seed, ReadOnlySpan<char> text) => Fraction(Hash(seed, text));

    /// <summary>A hash of a text (FNV-1a, then mixed) for sets that keep no texts.</summary>
    public static ulong Hash(ulong seed, ReadOnlySpan<char> text)
    {
        ulong hash = 0xCBF29CE484222325 ^ Mix(seed);
        foreach (char c in text) hash = (hash ^ c) * 0x100000001B3;
        return Mix(hash);
    }

    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private ulong Next() => Mix(_state += Golden);

    private static double Fraction(ulong number) => (number >> 11) * (1.0 / (1UL << 53));
}
