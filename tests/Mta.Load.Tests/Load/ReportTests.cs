using System.Xml.Linq;
using Mta.Load.Report;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mta.Load.Tests.Load;

public sealed class ReportTests
{
    private static readonly LoadResult Result = Make(p99: 250, accepted: 9_990, failed: 10);
    private static readonly LoadResult Arrived = Result with { Arrived = new(9_987, 3, 2, new() { P50 = 10, P90 = 1000, P99 = 2500, P999 = 3000, Max = 4000 }) };

    [Theory]
    [InlineData("p99>200ms", "250 ms")]
    [InlineData("p99 >= 250ms", "250 ms")]
    [InlineData("p99>0.3s", null)]
    [InlineData("p50<1ms", null)]
    [InlineData("rcpt.p95>2ms", "3 ms")]
    [InlineData("max>1m", null)]
    [InlineData("errors>0.1%", null)]
    [InlineData("errors>=0.1%", "0.1 %")]
    [InlineData("rate<500", null)]
    [InlineData("rate<1000", "999 messages/s")]
    [InlineData("failed>0", "10 messages")]
    public void A_condition_holds_or_not(string text, string? measured) => Assert.Equal(measured, Threshold.Parse(text).Fails(Result));

    [Theory]
    [InlineData("lost>0", "3 messages")]
    [InlineData("lost>3", null)]
    [InlineData("doubled>1", "2 deliveries")]
    [InlineData("arrival.p99>2s", "2500 ms")]
    [InlineData("arrival.max>1m", null)]
    public void What_a_sink_said_can_be_a_condition(string text, string? measured)
    {
        Assert.Equal(measured, Threshold.Parse(text).Fails(Arrived));
        // where none was asked, nothing is known to be well
        Assert.Equal("not measured", Threshold.Parse(text).Fails(Result));
    }

    [Fact]
    public void What_a_sink_said_stands_in_the_page_the_summary_and_the_json()
    {
        string html = HtmlReport.Write(Arrived, Arrived with { Arrived = Arrived.Arrived! with { Latency = Arrived.Arrived.Latency! with { P99 = 1250 } } });
        foreach (string figure in (string[])["arrived at the sink", "9,987", "2.50 s", "End to end", "end to end p99", "+100.0 %"]) Assert.Contains(figure, html, StringComparison.Ordinal);
        Assert.DoesNotContain("arrived at the sink", HtmlReport.Write(Result, Arrived), StringComparison.Ordinal);
        Assert.Equal(Arrived.Arrived, LoadResult.Parse(Arrived.ToJson()).Arrived);
    }

    [Theory]
    [InlineData("p99")]
    [InlineData("arrival.p42>2s")]
    [InlineData("lost>0s")]
    [InlineData("p99>200")]
    [InlineData("p42>200ms")]
    [InlineData("nowhere.p99>200ms")]
    [InlineData("1.p99>200ms")]
    [InlineData("errors>0.1")]
    [InlineData("rate<fast")]
    [InlineData("p99>1ms>2ms")]
    [InlineData("")]
    public void What_is_no_condition_is_refused(string text) => Assert.Throws<FormatException>(() => Threshold.Parse(text));

    [Fact]
    public void Json_is_read_again() => Assert.Equal(Result.ToJson(), LoadResult.Parse(Result.ToJson()).ToJson());

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1]")]
    public void What_is_no_result_is_refused(string json) => Assert.Throws<FormatException>(() => LoadResult.Parse(json));

    [Fact]
    public void The_page_holds_the_figures_and_is_all_there_is()
    {
        string html = HtmlReport.Write(Result, Make(p99: 125, accepted: 9_990, failed: 0));
        foreach (string figure in (string[])["999/s", "9,990", "0.1 %", "250 ms", "4.2.1", "451", "+100.0 %"]) Assert.Contains(figure, html, StringComparison.Ordinal);
        Assert.Equal(3, html.Split("<svg").Length - 1);
        foreach (string foreign in (string[])["http:", "https:", "src=", "<link", "<script", "url(", "@import"]) Assert.DoesNotContain(foreign, html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_shows_a_server_s_words_as_words()
    {
        var hostile = Result with { Errors = [new ErrorCount(Stage.Rcpt, 550, "550 <script>alert('hi')</script> & co", 1)], Target = "<b>x</b>:25" };
        string html = HtmlReport.Write(hostile, null);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>x</b>", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Charts_are_well_formed_and_stay_inside()
    {
        var points = Enumerable.Range(1, 5000).Select(i => new SecondPoint(i, i == 2222 ? 9000 : 100, 1, 1, 2, 3, 20));
        string html = HtmlReport.Write(Result with { Points = [.. points] }, null);
        foreach (string chart in html.Split("<svg")[1..])
        {
            var svg = XElement.Parse("<svg" + chart[..(chart.IndexOf("</svg>", StringComparison.Ordinal) + 6)]);
            Assert.NotEmpty(svg.Descendants());
        }
        // a peak of one second is not lost among five thousand: the line touches its height
        Assert.Contains("10,000", html, StringComparison.Ordinal);
        Assert.True(html.Length < 200_000, $"{html.Length} characters");
    }

    [Fact]
    public void A_run_of_nothing_can_be_shown()
    {
        var nothing = Make(p99: 0, accepted: 0, failed: 0) with { Points = [], Histogram = [], Errors = [], Seconds = 0, Stages = [.. Enum.GetValues<Stage>().Select(s => new StageLatency(s, 0, 0, 0, 0, 0, 0, 0, 0))] };
        Assert.Contains("No message was answered", HtmlReport.Write(nothing, nothing), StringComparison.Ordinal);
        Assert.Contains("0 accepted", Plain(Summary.Render(nothing)), StringComparison.Ordinal);
        Assert.Contains("connections", PlainLines.Line(TimeSpan.Zero, nothing), StringComparison.Ordinal);
        Plain(LivePage.Render(new() { Target = new("[x]", 25) }, TimeSpan.Zero, nothing, 80, 24));
    }

    [Fact]
    public void The_terminal_shows_the_same_figures()
    {
        string page = Plain(LivePage.Render(new() { Target = new("mx.test", 25), Count = 20_000 }, TimeSpan.FromSeconds(10), Result, 120, 50));
        foreach (string figure in (string[])["mx.test:25", "9,990 accepted", "10 failed", "50 %", "250 ms", "451"]) Assert.Contains(figure, page, StringComparison.Ordinal);
        string summary = Plain(Summary.Render(Result));
        foreach (string figure in (string[])["9,990 accepted", "999/s", "250 ms", "451 4.2.1 try [later]"]) Assert.Contains(figure, summary, StringComparison.Ordinal);
        Assert.Equal("0:10  20 connections  9,990 accepted  999/s  p50 5.00 ms  p99 250 ms  10 failed", PlainLines.Line(TimeSpan.FromSeconds(10), Result));
    }

    [Theory]
    [InlineData(80, 24, 0)]
    [InlineData(80, 24, 30)]
    [InlineData(80, 15, 30)]
    [InlineData(200, 50, 30)]
    [InlineData(200, 50, 0)]
    public void The_page_fits_the_terminal(int width, int height, int errors)
    {
        var crowded = Make(p99: 250_000, accepted: 123_456_789, failed: 98_765_432) with
        {
            Errors = [.. Enumerable.Range(1, errors).Select(i => new ErrorCount(Stage.Final, 0, $"{i} " + new string('x', 300), 1_000_000))],
        };
        string[] lines = Plain(LivePage.Render(new() { Target = new("mx.test", 25), Duration = TimeSpan.FromHours(30) }, TimeSpan.FromHours(20), crowded, width, height), width).Split('\n');
        // the last is the cursor's
        Assert.InRange(lines.Length, 1, height);
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, width));
        Assert.Contains(lines, l => l.Contains("123,456,789 accepted", StringComparison.Ordinal));
        Assert.Equal(errors > 0 && height > 15, lines.Any(l => l.Contains("1 xxx", StringComparison.Ordinal)));
    }

    [Fact]
    public void Comparing_says_what_became_better()
    {
        var rows = Comparison.Rows(Make(p99: 125, accepted: 5_000, failed: 10), Result).ToDictionary(r => r.Name);
        Assert.Equal((1.0, false), (rows["p99"].Change, rows["p99"].IsBetter));
        Assert.True(rows["rate"].IsBetter && rows["rate"].Change > 0.9);
        Assert.Equal(0, rows["p50"].Change);
    }

    private static string Plain(IRenderable page, int width = 120)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = width;
        console.Write(page);
        return text.ToString();
    }

    private static LoadResult Make(double p99, long accepted, long failed) => new()
    {
        Counts = new() { Accepted = accepted, Failed = failed, RecipientsAccepted = accepted, RecipientsRefused = failed, Octets = accepted * 4096, Connections = 20, PeakConnections = 20 },
        Stages = [.. Enum.GetValues<Stage>().Select(s => s == Stage.Message ? new StageLatency(s, accepted, 9, 5, 7, 8, p99, p99, p99) : new StageLatency(s, accepted, 1, 1, 2, 3, 4, 5, 6))],
        Errors = failed > 0 ? [new ErrorCount(Stage.Rcpt, 451, "451 4.2.1 try [later]", failed)] : [],
        Points = [new SecondPoint(5, 900, 1, 4, 6, 100, 20), new SecondPoint(10, 999, 1, 5, 8, p99, 20)],
        Histogram = [new HistogramBar(1, 2, accepted / 2), new HistogramBar(2, 4, accepted - accepted / 2)],
        Target = "mx.test:25",
        Description = "closed model",
        StartedAt = DateTimeOffset.UnixEpoch,
        Run = 7,
        LastSequence = accepted,
        Seconds = 10,
        CpuSeconds = 1,
        IsCancelled = false,
    };
}
