namespace Mta.Load;

/// <summary>Numbers that look random and depend on nothing but the message's number: a run can be repeated, and no session waits for a generator.</summary>
internal static class Scatter
{
    /// <summary>Evenly from 0 to 1, without 1.</summary>
    public static double Unit(long number, uint salt)
    {
        // the finaliser of SplitMix64
        ulong x = (ulong)number * 0x9E3779B97F4A7C15 + salt * 0xD1B54A32D192ED03 + 0x632BE59BD9B4E019;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return ((x ^ (x >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
