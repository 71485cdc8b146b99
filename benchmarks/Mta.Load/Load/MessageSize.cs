namespace Mta.Load;

/// <summary>
/// How large generated messages are, header included. <c>real</c> is the shape that mail has: log-normal, median 16 KiB, σ 1.6 (mean about
/// 55 KiB, 99 of 100 below 660 KiB), cut off at 1 KiB and 10 MiB.
/// </summary>
public sealed record MessageSize(long Octets)
{
    private const double Median = 16 * 1024, Sigma = 1.6;
    private const long Smallest = 1024, Largest = 10 * 1024 * 1024;

    /// <summary>The distribution described above.</summary>
    public static MessageSize Real { get; } = new(0);

    /// <summary>Reads <c>4KiB</c> or <c>real</c>.</summary>
    public static MessageSize Parse(string text) => text == "real" ? Real : new(Units.Octets(text));

    /// <summary>Octets of the message with this number; always the same for the same number.</summary>
    public long Of(long number)
    {
        if (Octets > 0) return Octets;
        // Box and Muller: two even numbers make a normal one
        double normal = Math.Sqrt(-2 * Math.Log(1 - Scatter.Unit(number, salt: 2))) * Math.Cos(2 * Math.PI * Scatter.Unit(number, salt: 3));
        return Math.Clamp((long)(Median * Math.Exp(Sigma * normal)), Smallest, Largest);
    }
}
