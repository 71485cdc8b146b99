namespace Mta.Server.Logging;

/// <summary>The least level that is logged; it may change while the program runs.</summary>
internal sealed class LogLevelSwitch(LogLevel least)
{
    private volatile int _least = (int)least;

    public LogLevel Least
    {
        get => (LogLevel)_least;
        set => _least = (int)value;
    }
}
