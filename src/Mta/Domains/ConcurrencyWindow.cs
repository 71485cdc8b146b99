namespace Mta.Domains;

/// <summary>
/// How many connections a site may have: grows by one when a window's worth of messages went well, shrinks by one when a window's
/// worth of connections failed. A site that was dead is tried with one.
/// </summary>
public sealed class ConcurrencyWindow(int initial)
{
    private bool _isProbing;

    public double Value { get; private set; } = initial;

    /// <summary>Connections allowed now.</summary>
    public int Limit => _isProbing ? 1 : (int)Value;

    /// <summary>A message was carried to its end, whatever the reply: the host works.</summary>
    public void Succeeded(int initial, int max)
    {
        if (_isProbing) (_isProbing, Value) = (false, initial);
        else Value += 1 / Value;
        Value = Math.Min(Value, max);
    }

    /// <summary>A connection failed.</summary>
    public void Failed() => Value = Math.Max(1, Value - 1 / Value);

    /// <summary>No host could be reached: the next connection is a probe.</summary>
    public void Died() => (_isProbing, Value) = (true, 1);
}
