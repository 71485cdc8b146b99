using System.Globalization;
using System.Text.Json;

namespace Mta.Interop.Tests.Bench;

/// <summary>A client that sends one small message after another from a process of its own, while something else is going on.</summary>
internal static class HonestClient
{
    // enough for a 99th percentile
    private const int Messages = 100;

    /// <summary>The 99th percentile of the time that a message takes; all must be accepted.</summary>
    public static async Task<TimeSpan> Percentile99(MtaProcess mta, string recipient)
    {
        string[] arguments = ["load", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{mta.SmtpPort}"), "--sessions", "1",
            "--count", Messages.ToString(CultureInfo.InvariantCulture), "--size", "1KiB", "--to", recipient, "--json"];
        var result = await Command.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "mta.dll"), .. arguments]);
        Assert.True(result.ExitCode == 0, result.Error);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(Messages, json.RootElement.GetProperty("counts").GetProperty("accepted").GetInt32());
        var message = json.RootElement.GetProperty("stages").EnumerateArray().Single(l => l.GetProperty("stage").GetString() == "message");
        return TimeSpan.FromMilliseconds(message.GetProperty("p99").GetDouble());
    }
}
