using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Ops;

/// <summary>docs/operation.md has every event and every metric; the alerts and the dashboard ask for metrics that there are.</summary>
public sealed partial class ManualTests
{
    private static readonly Assembly[] Program = [typeof(MtaNode).Assembly, typeof(Mta.Server.Web.WebServer).Assembly];

    [Fact]
    public void Every_event_of_the_log_stands_in_it_as_it_is_written()
    {
        var events = from assembly in Program
                     from type in assembly.GetTypes()
                     from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
                     let message = method.GetCustomAttribute<LoggerMessageAttribute>()
                     where message is not null
                     select $"{type.Name}.{method.Name}: `{message.Message}`";
        var all = events.ToArray();
        Assert.NotEmpty(all);
        string[] missing = [.. all.Where(e => !OpsFiles.Manual.Contains(e[(e.IndexOf(' ', StringComparison.Ordinal) + 1)..], StringComparison.Ordinal))];
        Assert.True(missing.Length == 0, "docs/operation.md lacks:\n" + string.Join('\n', missing));
    }

    [Fact]
    public async Task Every_metric_stands_in_it_with_its_type_and_no_other()
    {
        var found = new ConcurrentDictionary<string, string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == "Mta") found[Name(instrument)] = Type(instrument);
        };
        listener.Start();
        // those that live as long as the program, and those of a node
        foreach (var type in Program.SelectMany(a => a.GetTypes()).Where(t => t.Name.EndsWith("Metrics", StringComparison.Ordinal))) RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        await using var web = await WebNode.Start();
        Assert.Equal(
            found.Select(m => $"{m.Key} {m.Value}").Order(),
            OpsFiles.Metrics.Select(m => $"{m.Key} {m.Value}").Order());
    }

    [Fact]
    public async Task What_is_exported_is_called_so()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start($"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]");
        using (var client = new MailKit.Net.Smtp.SmtpClient())
        {
            await client.ConnectAsync("127.0.0.1", mta.SmtpPort, MailKit.Security.SecureSocketOptions.None, TestContext.Current.CancellationToken);
            using var message = new MimeKit.MimeMessage { Body = new MimeKit.TextPart("plain") { Text = "world" } };
            await client.SendAsync(message, new MimeKit.MailboxAddress("", "ann@src.test"), [new MimeKit.MailboxAddress("", "bob@dst.test")], TestContext.Current.CancellationToken);
        }
        await mta.Drained();
        using var http = new HttpClient();
        string text = await http.GetStringAsync(new Uri($"http://127.0.0.1:{mta.HttpPort}/metrics"), TestContext.Current.CancellationToken);
        var exported = TypeLine().Matches(text).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["type"].Value);
        Assert.Contains("mta_delivery_latency_seconds", exported.Keys);
        Assert.All(exported, e => Assert.Equal((e.Key, e.Value), (e.Key, OpsFiles.Metrics.GetValueOrDefault(e.Key, "not in docs/operation.md"))));
        // the labels of the manual, and times that can be told apart
        Assert.Matches(@"mta_delivery_transactions_total\{[^}]*tls=""(true|false)""", text);
        Assert.Matches(@"mta_delivery_attempts_total\{[^}]*result=""delivered""", text);
        Assert.Matches(@"mta_smtp_store_time_seconds_bucket\{[^}]*le=""0\.0025""", text);
    }

    [Theory]
    [InlineData("prometheus/mta-alerts.yml")]
    [InlineData("prometheus/mta-alerts.test.yml")]
    [InlineData("grafana/mta.json")]
    public void Alerts_and_dashboard_ask_for_metrics_that_there_are(string file)
    {
        var names = OpsFiles.MetricsIn(File.ReadAllText(Path.Combine(OpsFiles.Folder, file)));
        Assert.NotEmpty(names);
        Assert.Empty(names.Except(OpsFiles.Metrics.Keys));
    }

    // as the exporter of OpenTelemetry names them
    private static string Name(Instrument instrument)
    {
        string unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return instrument.Name.Replace('.', '_') + unit + (Type(instrument) == "counter" ? "_total" : "");
    }

    private static string Type(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "Histogram" => "histogram",
        _ => "gauge",
    };

    [GeneratedRegex("^# TYPE (?<name>mta_[a-z0-9_]+) (?<type>[a-z]+)", RegexOptions.Multiline)]
    private static partial Regex TypeLine();
}
