using System.Diagnostics;
using System.Globalization;

namespace Mta.Interop.Tests.Bench;

/// <summary>
/// strace, holding on to a process: it counts the system calls of each thread and tampers with the n-th, so that a test can fail a call or kill
/// the process at one, and the product needs no hook for it. The process goes on undisturbed once this is disposed of.
/// </summary>
internal sealed class Strace : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly Process _process;
    private readonly Task _log;
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Strace(Process process)
    {
        _process = process;
        _log = Read();
    }

    /// <summary>A test that needs it is skipped where it is not.</summary>
    public static void Need()
    {
        Command.Need("strace", "strace");
        Command.NeedRoot();
    }

    /// <param name="paths">Tamper only with calls that have to do with these files; none: with all.</param>
    /// <param name="calls">System calls, with commas between.</param>
    /// <param name="what">Such as <c>error=EIO:when=3+</c> or <c>signal=KILL:when=5</c> (before the call takes place).</param>
    public static async Task<Strace> Attach(int pid, IEnumerable<string> paths, string calls, string what)
    {
        string[] arguments =
        [
            "-f", "-o", "/dev/null", .. paths.SelectMany(path => (string[])["-P", path]),
            "-e", $"trace={calls}", "-e", $"inject={calls}:{what}", "-p", pid.ToString(CultureInfo.InvariantCulture),
        ];
        // it says on its standard error when it holds all threads
        var start = new ProcessStartInfo(Command.Need("strace", "strace"), arguments) { RedirectStandardError = true };
        var strace = new Strace(Process.Start(start)!);
        try
        {
            await strace._attached.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
            return strace;
        }
        catch
        {
            await strace.DisposeAsync();
            throw;
        }
    }

    private async Task Read()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
            if (line.Contains("attached", StringComparison.Ordinal)) _attached.TrySetResult();
        _attached.TrySetException(new IOException("strace ended before it held the process"));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // SIGINT makes it let go of the process; killed, it would leave threads stopped
            using var interrupt = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            await interrupt.WaitForExitAsync();
        }
        await _process.WaitForExitAsync().WaitAsync(Limit);
        await _log;
        _process.Dispose();
    }
}
