using System.Diagnostics;

namespace Mta.Server.Commands;

/// <summary>How far a command is, once it takes more than two seconds: a line that changes on a terminal, a line now and then where there is none.</summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2), Often = TimeSpan.FromMilliseconds(200), Rarely = TimeSpan.FromSeconds(10);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private TimeSpan _next = Patience;
    private int _width;

    public TimeSpan Elapsed => _clock.Elapsed;

    public void Show(Func<string> text)
    {
        if (_clock.Elapsed < _next) return;
        _next = _clock.Elapsed + (_isTerminal ? Often : Rarely);
        string line = text();
        if (!_isTerminal)
        {
            Console.Error.WriteLine(line);
            return;
        }
        Console.Error.Write("\r" + line.PadRight(_width));
        _width = line.Length;
    }

    /// <summary>Makes way for something that is to stay.</summary>
    public void Clear()
    {
        if (_width > 0) Console.Error.Write("\r" + new string(' ', _width) + "\r");
        _width = 0;
    }

    public void Dispose() => Clear();
}
