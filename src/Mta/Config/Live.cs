namespace Mta.Config;

/// <summary>Settings that a reload may replace: read <see cref="Value"/> where it is used, and keep no copy.</summary>
public sealed class Live<T>(T value) where T : class
{
    private volatile T _value = value;

    public T Value
    {
        get => _value;
        set => _value = value;
    }
}
