using System.Net;
using System.Text.Json;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>The program as its operator uses it: commands, exit codes, signals.</summary>
public sealed class CommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Route(RecordingSink sink) => $"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]";

    private static async Task Send(MtaProcess mta, string from, params string[] to)
    {
        using var client = new MailKit.Net.Smtp.SmtpClient();
        await client.ConnectAsync("127.0.0.1", mta.SmtpPort, MailKit.Security.SecureSocketOptions.None, Cancel);
        using var message = new MimeKit.MimeMessage();
        message.Subject = "hello";
        message.Body = new MimeKit.TextPart("plain") { Text = "world" };
        await client.SendAsync(message, new MimeKit.MailboxAddress("", from), to.Select(t => new MimeKit.MailboxAddress("", t)), Cancel);
        await client.DisconnectAsync(true, Cancel);
    }

    [Fact]
    public async Task The_operator_sees_why_a_message_waits_and_can_change_it()
    {
        await using var sink = new RecordingSink { OnRecipient = a => a.StartsWith("later", StringComparison.Ordinal) ? "451 4.2.1 come back tomorrow" : "250 2.1.5 ok" };
        await using var mta = await MtaProcess.Start(Route(sink) + "\nqueue.retry = \"1h*\"");
        await Send(mta, "alice@src.test", "later@dst.test", "now@dst.test");
        await sink.Received(1);
        await Wait.For(async () => (await mta.Queue("list", "--recipient", "later@dst.test")).GetProperty("messages") is { } list && list.GetArrayLength() == 1
            && list[0].GetProperty("recipients")[0].GetProperty("status").GetString() == "deferred", TimeSpan.FromSeconds(20), () => mta.Output);

        var listed = (await mta.Queue("list", "--domain", "dst.test")).GetProperty("messages")[0];
        string id = listed.GetProperty("id").GetString()!;
        Assert.Equal("alice@src.test", listed.GetProperty("sender").GetString());
        Assert.Contains($"accepted id={id} ", mta.Output, StringComparison.Ordinal);

        var why = await mta.Run("queue", "why", id, "--config", mta.ConfigPath);
        Assert.Contains("deferred after 1 attempt", why.Output, StringComparison.Ordinal);
        Assert.Contains("451 4.2.1 come back tomorrow", why.Output, StringComparison.Ordinal);
        var show = await mta.Run("queue", "show", id, "--data-dir", mta.DataDir);
        Assert.Contains("later@dst.test", show.Output, StringComparison.Ordinal);

        Assert.Equal(1, (await mta.Queue("hold", id)).GetProperty("messages").GetInt32());
        Assert.Contains("on hold", (await mta.Run("queue", "why", id, "--config", mta.ConfigPath)).Output, StringComparison.Ordinal);
        await mta.Queue("release", id);
        sink.OnRecipient = _ => "250 2.1.5 ok";
        await mta.Queue("flush");
        await mta.Drained();
        Assert.Equal(["later@dst.test", "now@dst.test"], sink.Recipients.Order());
    }

    [Fact]
    public async Task A_deferred_message_is_retried_and_a_refused_one_bounces()
    {
        int tries = 0;
        await using var sink = new RecordingSink
        {
            OnRecipient = a => a switch
            {
                "grey@dst.test" => Interlocked.Increment(ref tries) < 3 ? "450 4.2.0 greylisted" : "250 2.1.5 ok",
                "nobody@dst.test" => "550 5.1.1 no such user",
                _ => "250 2.1.5 ok",
            },
        };
        await using var mta = await MtaProcess.Start(Route(sink) + "\nqueue.retry = \"1s*\"");
        await Send(mta, "alice@src.test", "grey@dst.test", "nobody@dst.test");
        await mta.Drained();
        Assert.Equal(3, tries);
        var bounce = Assert.Single(sink.Messages, m => m.From.Length == 0);
        Assert.Equal(["alice@src.test"], bounce.Recipients);
        Assert.Contains("Diagnostic-Code: smtp; 550 5.1.1 no such user", bounce.Text, StringComparison.Ordinal);
        var ledger = (await mta.Status()).GetProperty("queue").GetProperty("ledger");
        Assert.Equal((3, 2, 1), (ledger.GetProperty("accepted").GetInt32(), ledger.GetProperty("delivered").GetInt32(), ledger.GetProperty("bounced").GetInt32()));
    }

    [Fact]
    public async Task Bounce_and_drop_need_to_be_told_what()
    {
        await using var sink = new RecordingSink { OnRecipient = a => a == "alice@src.test" ? "250 2.1.5 ok" : "451 4.2.1 later" };
        await using var mta = await MtaProcess.Start(Route(sink) + "\nqueue.retry = \"1h*\"");
        await Send(mta, "alice@src.test", "one@dst.test");
        await Send(mta, "alice@src.test", "two@other.test");
        Assert.Equal(2, (await mta.Run("queue", "drop", "--config", mta.ConfigPath)).ExitCode);
        Assert.Equal(1, (await mta.Queue("drop", "--domain", "other.test")).GetProperty("recipients").GetInt32());
        Assert.Equal(1, (await mta.Queue("bounce", "--recipient", "ONE@dst.test")).GetProperty("recipients").GetInt32());
        await sink.Received(1);
        await mta.Drained();
        Assert.Contains("returned by the postmaster", sink.Messages.First().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restart_in_the_middle_of_everything_goes_on()
    {
        await using var sink = new RecordingSink { OnRecipient = _ => "451 4.2.1 later" };
        await using var mta = await MtaProcess.Start(Route(sink) + "\nqueue.retry = \"1s*\"");
        for (int i = 0; i < 20; i++) await Send(mta, "alice@src.test", $"r{i}@d{i % 5}.test");
        Assert.Equal(0, await mta.Stop());
        await mta.Start();
        Assert.Equal(20, (await mta.Queue("list")).GetProperty("total").GetInt32());
        sink.OnRecipient = _ => "250 2.1.5 ok";
        await mta.Queue("flush");
        await mta.Drained();
        Assert.Equal(20, sink.Recipients.Distinct().Count());
        Assert.Equal(20, sink.Recipients.Count());
    }

    [Fact]
    public async Task Hangup_reloads_and_a_wrong_configuration_changes_nothing()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start("relay.routes = [ { domain = \"*\", next-hop = [\"127.0.0.1:1\"] } ]\nqueue.retry = \"1s*\"\ndelivery.back-off.min = 100ms");
        string good = await File.ReadAllTextAsync(mta.ConfigPath, Cancel);
        await File.WriteAllTextAsync(mta.ConfigPath, good.Replace("hostname", "hostnam", StringComparison.Ordinal), Cancel);
        mta.Signal("HUP");
        await Wait.For(() => mta.Output.Contains("reload refused", StringComparison.Ordinal), TimeSpan.FromSeconds(20), () => mta.Output);
        await File.WriteAllTextAsync(mta.ConfigPath, good.Replace("127.0.0.1:1\"", $"127.0.0.1:{sink.Port}\"", StringComparison.Ordinal), Cancel);
        mta.Signal("HUP");
        await Wait.For(() => mta.Output.Contains("reload done", StringComparison.Ordinal), TimeSpan.FromSeconds(20), () => mta.Output);
        await Send(mta, "alice@src.test", "bob@dst.test");
        await sink.Received(1);
    }

    [Fact]
    public async Task A_suspended_domain_gets_nothing_also_after_a_restart_until_it_is_resumed()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink) + "\nqueue.retry = \"1h*\"");
        var suspended = await mta.Run("domain", "suspend", "DST.test", "--for", "2h", "--reason", "they are moving", "--config", mta.ConfigPath);
        Assert.True(suspended.ExitCode == 0, suspended.Error);
        await Send(mta, "alice@src.test", "one@dst.test");
        await Send(mta, "alice@src.test", "two@other.test");
        await sink.Received(1);
        Assert.Equal(0, await mta.Stop());
        await mta.Start();
        await Send(mta, "alice@src.test", "three@other.test");
        await sink.Received(2);
        Assert.Equal(["three@other.test", "two@other.test"], sink.Recipients.Order());

        string why = (await mta.Run("queue", "why", "--domain", "dst.test", "--config", mta.ConfigPath)).Output;
        Assert.Contains("suspended until", why, StringComparison.Ordinal);
        Assert.Contains("they are moving", why, StringComparison.Ordinal);
        var listed = (await Json(mta, "domain", "list")).GetProperty("domains")[0];
        Assert.Equal(("dst.test", 1), (listed.GetProperty("domain").GetString(), listed.GetProperty("queue").GetProperty("recipients").GetInt32()));
        Assert.StartsWith("suspended until", listed.GetProperty("state").GetString(), StringComparison.Ordinal);
        Assert.Contains("they are moving", (await mta.Run("domain", "show", "dst.test", "--config", mta.ConfigPath)).Output, StringComparison.Ordinal);
        Assert.Matches(@"TOTAL +\│? *1 +", (await mta.Run("queue", "summary", "--config", mta.ConfigPath)).Output);

        Assert.Equal(0, (await mta.Run("domain", "resume", "dst.test", "--config", mta.ConfigPath)).ExitCode);
        await sink.Received(3);
        await mta.Drained();
        Assert.Equal(1, (await mta.Run("domain", "resume", "dst.test", "--config", mta.ConfigPath)).ExitCode);
        Assert.Equal(1, (await mta.Run("domain", "suspend", "not..one", "--config", mta.ConfigPath)).ExitCode);
        Assert.Equal(2, (await mta.Run("domain", "suspend", "dst.test", "--for", "ever", "--config", mta.ConfigPath)).ExitCode);
    }

    [Fact]
    public async Task Top_shows_what_waits_and_why()
    {
        await using var sink = new RecordingSink { OnRecipient = a => a.StartsWith("later", StringComparison.Ordinal) ? "451 4.2.1 come back tomorrow" : "250 2.1.5 ok" };
        await using var mta = await MtaProcess.Start(Route(sink) + "\nqueue.retry = \"1h*\"");
        await Send(mta, "alice@src.test", "later@sick.test", "now@well.test");
        await sink.Received(1);
        await Wait.For(async () => (await mta.Status()).GetProperty("queue").GetProperty("deferred").GetInt32() == 1, TimeSpan.FromSeconds(20), () => mta.Output);
        string page = (await mta.Run("top", "--once", "--config", mta.ConfigPath)).Output;
        Assert.Matches(@"(?m)^sick\.test +1 .*451 4\.2\.1 come back tomorrow", page);
        Assert.Matches(@"(?m)^well\.test ", page);
        Assert.InRange(page.TrimEnd().Split('\n').Length, 8, 24);
        Assert.All(page.Split('\n'), line => Assert.InRange(line.Length, 0, 120));
        var json = await Json(mta, "top");
        Assert.Equal(0, json.GetProperty("rates").GetProperty("accepted").GetDouble());
        Assert.Equal(1, json.GetProperty("overview").GetProperty("queue").GetProperty("deferred").GetInt32());
        Assert.Equal("smtp", json.GetProperty("overview").GetProperty("listeners")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_reload_says_what_it_did_and_drops_no_connection()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink) + "\nlisteners.second { kind = smtp, address = \"127.0.0.1\", port = $PORT }".Replace("$PORT", MtaProcess.FreePort().ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
        string good = await File.ReadAllTextAsync(mta.ConfigPath, Cancel);
        using var client = new MailKit.Net.Smtp.SmtpClient();
        await client.ConnectAsync("127.0.0.1", mta.SmtpPort, MailKit.Security.SecureSocketOptions.None, Cancel);

        // a wrong one, and one whose address is taken, change nothing
        await File.WriteAllTextAsync(mta.ConfigPath, good.Replace("mta {", "mta {\n  stop-timeout = soon", StringComparison.Ordinal), Cancel);
        var wrong = await mta.Run("config", "reload", "--data-dir", mta.DataDir);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains($"{mta.ConfigPath}:2: mta.stop-timeout", wrong.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(mta.ConfigPath, good.Replace("listeners {", $"listeners {{\n third {{ kind = smtp, address = \"127.0.0.1\", port = {sink.Port} }}", StringComparison.Ordinal), Cancel);
        wrong = await mta.Run("config", "reload", "--config", mta.ConfigPath);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("mta.listeners.third cannot listen on", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(["smtp", "second"], await Listeners());

        // one goes, one comes, the level of the log falls, and something takes a restart
        int port = MtaProcess.FreePort();
        string changed = good[..good.IndexOf("listeners.second", StringComparison.Ordinal)] + "}";
        changed = changed.Replace("listeners {", $"log.level = warning\n spool.spare-segments = 3\n smtp.limits.message-size = 1MiB\n listeners {{\n third {{ kind = smtp, address = \"127.0.0.1\", port = {port} }}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(mta.ConfigPath, changed, Cancel);
        var report = await Json(mta, "config", "reload");
        Assert.Equal(["mta.spool.spare-segments"], report.GetProperty("restart").EnumerateArray().Select(k => k.GetString()!));
        string[] inForce = [.. report.GetProperty("inForce").EnumerateArray().Select(k => k.GetString()!)];
        Assert.Contains("mta.smtp.limits.message-size", inForce);
        Assert.Contains("mta.log.level", inForce);
        Assert.Contains("mta.listeners.third.port", inForce);
        Assert.Contains("mta.listeners.second.port", inForce);
        Assert.Equal(["smtp", "third"], (await Listeners()).Order());
        Assert.True(MtaProcess.CanConnect(port));

        // the old connection is there, and what it sends arrives
        using var message = new MimeKit.MimeMessage { Body = new MimeKit.TextPart("plain") { Text = "world" } };
        await client.SendAsync(message, new MimeKit.MailboxAddress("", "alice@src.test"), [new MimeKit.MailboxAddress("", "bob@dst.test")], Cancel);
        await sink.Received(1);
        Assert.DoesNotContain("accepted id=", mta.Output, StringComparison.Ordinal);

        async Task<string[]> Listeners() => [.. (await Json(mta, "top")).GetProperty("overview").GetProperty("listeners").EnumerateArray().Select(l => l.GetProperty("name").GetString()!)];
    }

    private static async Task<JsonElement> Json(MtaProcess mta, params string[] arguments)
    {
        var result = await mta.Run([.. arguments, "--config", mta.ConfigPath, "--json"]);
        Assert.True(result.ExitCode == 0, $"mta {string.Join(' ', arguments)}: {result.Error}");
        return JsonDocument.Parse(result.Output).RootElement;
    }

    [Fact]
    public async Task Health_and_metrics_are_open_and_the_api_needs_its_token()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink));
        await Send(mta, "alice@src.test", "bob@dst.test");
        await sink.Received(1);
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{mta.HttpPort}") };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancel)).StatusCode);
        Assert.Contains("mta_", await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("/api/v1/queue", UriKind.Relative), Cancel)).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync(new Uri("/api/v1/queue/drop?all=true", UriKind.Relative), null, Cancel)).StatusCode);
    }

    [Theory]
    [InlineData(2, "nonsense")]
    [InlineData(2, "queue", "list", "--limit", "many")]
    [InlineData(2, "serve", "--config", "/nowhere/mta.conf")]
    [InlineData(2, "config", "test", "--config", "/nowhere/mta.conf")]
    [InlineData(3, "queue", "list", "--data-dir", "/nowhere")]
    [InlineData(2, "quickstart", "not a domain")]
    [InlineData(2, "load", "--bogus")]
    [InlineData(2, "load", "-x", "127.0.0.1:2525")]
    [InlineData(2, "load", "127.0.0.1:2525", "--helo", "--bogus")]
    [InlineData(2, "sink", "--bogus")]
    [InlineData(2, "quickstart", "--bogus")]
    [InlineData(2, "account", "add", "--bogus")]
    [InlineData(2, "alias", "add", "a@b.test", "--bogus", "c@d.test")]
    [InlineData(2, "queue", "drop", "--sender", "--domian", "x.test")]
    [InlineData(2, "--bogus")]
    [InlineData(0, "--help")]
    [InlineData(0, "queue", "why", "--help")]
    [InlineData(0, "config", "describe")]
    public async Task Every_command_ends_with_its_code_and_at_most_two_lines_of_error(int code, params string[] arguments)
    {
        var result = await Command.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "mta.dll"), .. arguments]);
        Assert.Equal(code, result.ExitCode);
        if (code == 0) Assert.NotEmpty(result.Output);
        else Assert.InRange(result.Error.TrimEnd().Split('\n').Length, 1, 2);
    }

    [Fact]
    public async Task Quickstart_writes_a_configuration_that_is_good_and_never_overwrites_one()
    {
        string folder = Directory.CreateTempSubdirectory("mta-quickstart-").FullName;
        string program = Path.Combine(AppContext.BaseDirectory, "mta.dll");
        var first = await Command.Run("dotnet", [program, "quickstart", "example.com"], folder);
        Assert.Equal(0, first.ExitCode);
        Assert.Contains("example.com.  IN MX    10 mail.example.com.", first.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await Command.Run("dotnet", [program, "config", "test", "--config", "mta.conf"], folder)).ExitCode);
        Assert.Equal(0, (await Command.Run("dotnet", [program, "quickstart", "example.com", "--agree-to-terms", "--output", "acme.conf", "--data-dir", "a \"b\""], folder)).ExitCode);
        var agreed = await Command.Run("dotnet", [program, "config", "test", "--config", "acme.conf"], folder);
        Assert.True(agreed.ExitCode == 0, agreed.Error);
        Assert.Contains("a \"b\"", agreed.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await Command.Run("dotnet", [program, "quickstart", "example.com"], folder)).ExitCode);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_taken_port_and_a_taken_folder_are_one_clear_line()
    {
        await using var mta = await MtaProcess.Start("");
        var result = await mta.Run("serve", "--config", mta.ConfigPath);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("cannot start", Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Object, (await mta.Status()).ValueKind);
    }

    [Theory]
    [InlineData("admin.sock")]
    [InlineData("admin.token")]
    public async Task A_data_folder_that_cannot_be_used_is_one_clear_line(string file)
    {
        await using var mta = new MtaProcess("");
        Directory.CreateDirectory(Path.Combine(mta.DataDir, file, "in the way"));
        var result = await mta.Run("serve", "--config", mta.ConfigPath);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("cannot start", Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
