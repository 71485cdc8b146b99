using System.CommandLine;
using System.Text.Json;
using Mta.Server.Web;
using Spectre.Console;

namespace Mta.Server.Commands;

/// <summary><c>mta top</c>: what the running node is doing, each second.</summary>
internal static class TopCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var node = new NodeOptions();
        var once = new Option<bool>("--once") { Description = "Print the page once, after a second in which the rates are measured." };
        var command = new Command("top", """
            Show what the running node is doing, each second: rates, the queue by domain and age, the busiest and the sickest destinations. q ends it.
            --json prints one page for scripts, as --once does.
            Example: mta top
            """) { once };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Watch<Overview>(parsed, "overview?limit=30", async (look, json) =>
        {
            var before = await look();
            if (!json && !parsed.GetValue(once) && AnsiConsole.Profile.Capabilities.Interactive && !Console.IsInputRedirected) await LiveAsync(before, look, cancel);
            else
            {
                await Task.Delay(Interval, cancel);
                var overview = await look();
                if (json) Console.WriteLine(JsonSerializer.Serialize(new { Rates = Rates.Between(before, overview), Overview = overview }, NodeOptions.Format));
                else foreach (var (text, _) in TopPage.Lines(overview, Rates.Between(before, overview), Console.IsOutputRedirected ? 120 : AnsiConsole.Profile.Width, 40)) Console.WriteLine(text);
            }
        }, cancel));
        return command;
    }

    private static async Task LiveAsync(Overview before, Func<Task<Overview>> look, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Interval);
        var (last, rates) = (before, default(Rates));
        await AnsiConsole.Live(Page()).AutoClear(true).StartAsync(async live =>
        {
            live.Refresh();
            while (await timer.WaitForNextTickAsync(cancel) && !IsQuit())
            {
                var now = await look();
                (rates, last) = (Rates.Between(last, now), now);
                live.UpdateTarget(Page());
                live.Refresh();
            }
        });

        // the line below is where the cursor stands
        Rows Page() => TopPage.Render(last, rates, AnsiConsole.Profile.Width, AnsiConsole.Profile.Height - 1);
    }

    private static bool IsQuit()
    {
        while (Console.KeyAvailable)
            if (Console.ReadKey(intercept: true).KeyChar is 'q' or 'Q') return true;
        return false;
    }
}

/// <summary>Recipients a second between two looks.</summary>
internal readonly record struct Rates(double Accepted, double Delivered, double Deferred, double Bounced)
{
    public static Rates Between(Overview before, Overview now)
    {
        double seconds = Math.Max(0.001, (now.At - before.At).TotalSeconds);
        var (a, b) = (before.Queue.Ledger, now.Queue.Ledger);
        return new(Rate(a.Accepted, b.Accepted), Rate(a.Delivered, b.Delivered), Rate(before.Deferrals, now.Deferrals), Rate(a.Bounced + a.Expired, b.Bounced + b.Expired));

        // a part of the queue that was started again begins to count anew
        double Rate(long from, long to) => Math.Max(0, to - from) / seconds;
    }
}
