namespace Mta.Net;

/// <summary>Whether a listener has so many connections that those which do nothing must make way. From any thread.</summary>
internal sealed class Stress
{
    // it ends well below where it began, so that it does not flicker
    private const double Calm = 0.8;
    private volatile bool _isOn;

    public bool IsOn => _isOn;

    /// <summary>Looks at the number of connections anew; true when that changed <see cref="IsOn"/>.</summary>
    /// <param name="above">The share of <paramref name="most"/> above which it begins.</param>
    public bool Weigh(int connections, int most, double above)
    {
        bool wasOn = _isOn;
        _isOn = connections > most * above * (wasOn ? Calm : 1);
        return _isOn != wasOn;
    }
}
