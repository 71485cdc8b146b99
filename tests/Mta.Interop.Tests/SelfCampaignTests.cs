using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>The node, the sink with its DNS, and the generator together, as a newcomer runs them.</summary>
public sealed class SelfCampaignTests
{
    [Fact]
    public async Task A_campaign_to_a_thousand_domains_loses_and_doubles_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("mta-self-test-").FullName;
        var result = await Command.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "mta.dll"), "load", "--self", "--count", "5000"], folder);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Matches("5,?000 of 5,?000, 0 lost, 0 doubled", result.Output);
        Assert.Contains("messages a second to 1000 domains", result.Output, StringComparison.Ordinal);
        Assert.Contains("<svg", await File.ReadAllTextAsync(Path.Combine(folder, "mta-load.html"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("load")]
    [InlineData("load", "--self", "127.0.0.1:25")]
    [InlineData("load", "127.0.0.1:1", "--count", "1")]
    [InlineData("load", "127.0.0.1:25", "--rate", "fast")]
    [InlineData("sink", "--profile", "nobody")]
    [InlineData("sink", "--listen", "nowhere")]
    public async Task Wrong_arguments_and_unreachable_targets_are_told_in_one_line(params string[] arguments)
    {
        var result = await Command.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "mta.dll"), .. arguments]);
        Assert.Equal(2, result.ExitCode);
        Assert.InRange(result.Error.TrimEnd().Split('\n').Length, 1, 2);
    }
}
