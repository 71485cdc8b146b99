using System.Diagnostics;

namespace Mta.Interop.Tests.Bench;

internal sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>Runs other programs.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>The path of a program, or a skipped test that says which package brings it.</summary>
    public static string Need(string program, string package)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/usr/local/sbin", "/sbin"];
        string? path = folders.Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);
        if (path is null) Assert.Skip($"{program} is not installed (Debian package {package})");
        return path;
    }

    public static void NeedRoot()
    {
        if (Environment.UserName != "root") Assert.Skip("this peer can only be started by root");
    }

    public static async Task<CommandResult> Run(string program, string[] arguments, string? folder = null, string? input = null)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new(process.ExitCode, await output, await error);
    }
}

/// <summary>Waits for a condition, never for a time.</summary>
internal static class Wait
{
    public static Task For(Func<bool> condition, TimeSpan limit, Func<string> otherwise) => For(() => Task.FromResult(condition()), limit, otherwise);

    public static async Task For(Func<Task<bool>> condition, TimeSpan limit, Func<string> otherwise)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > limit) Assert.Fail(otherwise());
            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
