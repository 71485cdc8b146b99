using System.Globalization;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Crash;

/// <summary>
/// kill -9 at every named point of a message's way and at random times, under load: nothing that was answered with 250 is lost, nothing is
/// changed, and twice comes only what was in flight. MTA_CRASH_CYCLES says how often (CI: 20), MTA_CRASH_SEED how it is drawn.
/// </summary>
public sealed class KillTests
{
    [Fact]
    public async Task Nothing_acknowledged_is_lost_wherever_it_is_killed()
    {
        Strace.Need();
        int cycles = int.Parse(Environment.GetEnvironmentVariable("MTA_CRASH_CYCLES") ?? "12", CultureInfo.InvariantCulture);
        int seed = int.Parse(Environment.GetEnvironmentVariable("MTA_CRASH_SEED") ?? "1", CultureInfo.InvariantCulture);
        await using var campaign = new CrashCampaign(seed);
        try
        {
            // the named points in turn: twelve cycles have been everywhere
            for (int i = 0; i < cycles; i++) await campaign.Cycle(CrashPoint.Kills[i % CrashPoint.Kills.Count]);
            await campaign.Finish();
        }
        finally
        {
            TestContext.Current.TestOutputHelper?.WriteLine(campaign.Report);
        }
    }
}
