using System.Text.Json;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Ops;

/// <summary>Prometheus' own tool reads the alerts, and the queries of the dashboard.</summary>
public sealed class PrometheusTests
{
    private static string Promtool => Command.Need("promtool", "prometheus");

    [Fact]
    public async Task The_alerts_are_well_formed_and_fire_when_they_must()
    {
        var check = await Command.Run(Promtool, ["check", "rules", OpsFiles.Alerts]);
        Assert.True(check.ExitCode == 0, check.Output + check.Error);
        var test = await Command.Run(Promtool, ["test", "rules", "mta-alerts.test.yml"], Path.GetDirectoryName(OpsFiles.Alerts));
        Assert.True(test.ExitCode == 0, test.Output + test.Error);
    }

    [Fact]
    public async Task The_queries_of_the_dashboard_are_well_formed()
    {
        using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(OpsFiles.Dashboard, TestContext.Current.CancellationToken));
        string[] queries =
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(p => p.TryGetProperty("targets", out _))
                .SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => t.GetProperty("expr").GetString()!),
        ];
        Assert.NotEmpty(queries);
        string folder = Directory.CreateTempSubdirectory("mta-dashboard-").FullName;
        // as rules, with what Grafana puts in
        string rules = "groups:\n- name: dashboard\n  rules:\n" + string.Concat(queries.Select((q, i) =>
            $"  - record: q{i}\n    expr: {JsonSerializer.Serialize(q.Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal))}\n"));
        await File.WriteAllTextAsync(Path.Combine(folder, "rules.yml"), rules, TestContext.Current.CancellationToken);
        var check = await Command.Run(Promtool, ["check", "rules", "rules.yml"], folder);
        Directory.Delete(folder, recursive: true);
        Assert.True(check.ExitCode == 0, check.Output + check.Error);
    }
}
