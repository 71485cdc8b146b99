using System.Globalization;

namespace Mta.Interop.Tests.Crash;

/// <summary>
/// The disk loses its power under load, on a real file system: nothing that was answered with 250 is lost. MTA_POWER_CYCLES says how often (CI:
/// 20), MTA_CRASH_SEED how it is drawn.
/// </summary>
public sealed class PowerLossTests
{
    [Fact]
    public async Task Nothing_acknowledged_is_lost_with_the_power()
    {
        int cycles = int.Parse(Environment.GetEnvironmentVariable("MTA_POWER_CYCLES") ?? "4", CultureInfo.InvariantCulture);
        int seed = int.Parse(Environment.GetEnvironmentVariable("MTA_CRASH_SEED") ?? "1", CultureInfo.InvariantCulture);
        await using var campaign = new CrashCampaign(seed);
        await campaign.UseLoopDisk();
        try
        {
            for (int i = 0; i < cycles; i++) await campaign.Cycle(CrashPoint.PowerLosses[i % CrashPoint.PowerLosses.Count]);
            await campaign.Finish();
        }
        finally
        {
            TestContext.Current.TestOutputHelper?.WriteLine(campaign.Report);
        }
    }
}
