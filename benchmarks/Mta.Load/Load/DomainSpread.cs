using System.Text;

namespace Mta.Load;

/// <summary>
/// Over which domains the recipients are spread: <c>d1.test</c> to <c>dN.test</c>, in turn or by Zipf's law with exponent 1, where
/// d1 gets twice as many as d2 and three times as many as d3.
/// </summary>
public sealed class DomainSpread
{
    /// <summary>Domains, at most.</summary>
    public const int MaxCount = 1_000_000;

    private readonly byte[][] _names;
    private readonly double[]? _cumulative;

    private DomainSpread(int count, bool isSkewed)
    {
        _names = [.. Enumerable.Range(1, count).Select(i => Encoding.ASCII.GetBytes($"d{i}.test"))];
        if (!isSkewed) return;
        _cumulative = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++) _cumulative[i] = sum += 1.0 / (i + 1);
        for (int i = 0; i < count; i++) _cumulative[i] /= sum;
    }

    /// <summary>How many domains there are.</summary>
    public int Count => _names.Length;

    /// <summary>Reads <c>1000</c> or <c>zipf:1000</c>.</summary>
    public static DomainSpread Parse(string text)
    {
        bool isSkewed = text.StartsWith("zipf:", StringComparison.OrdinalIgnoreCase);
        return new((int)Units.Number(isSkewed ? text[5..] : text, 1, MaxCount), isSkewed);
    }

    /// <summary>The domain of the recipient with this number, from 1; always the same for the same number.</summary>
    public ReadOnlySpan<byte> Pick(long number)
    {
        if (_cumulative is null) return _names[(number - 1) % _names.Length];
        int at = Array.BinarySearch(_cumulative, Scatter.Unit(number, salt: 1));
        return _names[Math.Min(at < 0 ? ~at : at + 1, _names.Length - 1)];
    }
}
