using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Net;
using Mta.Load;
using Mta.Load.Report;
using Mta.Protocol.Addresses;
using Mta.Protocol.Sasl;
using Spectre.Console;

namespace Mta.Server.Commands;

/// <summary><c>mta load TARGET</c>: sends mail as fast or as evenly as asked for, and says what became of it.</summary>
internal sealed class LoadCommand
{
    private const long DefaultCount = 10_000;
    private static readonly LoadOptions Defaults = new() { Target = new("localhost", 25) };

    private readonly Argument<DnsEndPoint> _target = new("TARGET")
    {
        Description = "HOST[:PORT] or [IPV6]:PORT; port 25 if not given, 465 with --tls implicit.",
        CustomParser = r => Try(r, Endpoint),
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<bool> _self = new("--self")
    {
        Description = $"Instead of TARGET: start a node and a sink of {SelfCampaign.Domains} domains with their DNS, send {SelfCampaign.Messages} messages, and check that none is lost or doubled.",
    };
    private readonly Option<long?> _count = Number("--count", "N", "Messages to send; 10000 if neither this nor a time is given.", 1, long.MaxValue);
    private readonly Option<TimeSpan?> _duration = Parsed<TimeSpan?>("--duration", "T", "For how long to start messages, such as 30s, 5m or 1h.", t => Units.Duration(t));
    private readonly Option<double?> _rate = Parsed<double?>("--rate", "R", "Open model: start R messages a second, whatever becomes of them.", t => PositiveRate(t));
    private readonly Option<ArrivalSchedule?> _stages = Parsed<ArrivalSchedule?>("--stages", "T:R,…", "Open model in stages, such as 30s:100,1m:100-1000 (a ramp),1m:1000.", ArrivalSchedule.Parse);
    private readonly Option<long?> _sessions = Number("--sessions", "N", $"Connections at the same time; {Defaults.Sessions} if not given.", 1, 100_000);
    private readonly Option<long?> _perConnection = Number("--messages-per-connection", "N", "Connect anew after so many messages; never if not given.", 1, int.MaxValue);
    private readonly Option<bool> _noPipelining = new("--no-pipelining") { Description = "Wait for each reply, even if the server offers PIPELINING." };
    private readonly Option<bool> _bdat = new("--bdat") { Description = "Send messages by BDAT instead of DATA." };
    private readonly Option<TlsMode> _tls = Parsed("--tls", "none|starttls|implicit", "Encryption. Certificates are not verified, as those of test servers seldom are valid.",
        t => t switch { "none" => TlsMode.None, "starttls" => TlsMode.StartTls, "implicit" => TlsMode.Implicit, _ => throw new FormatException($"\"{t}\" is not none, starttls or implicit") });
    private readonly Option<bool> _tlsVerify = new("--tls-verify") { Description = "Verify certificates nevertheless." };
    private readonly Option<SaslCredentials?> _auth = Parsed<SaslCredentials?>("--auth", "USER:PASSWORD", "Authenticate with PLAIN, or LOGIN where the server offers nothing else.", Credentials);
    private readonly Option<ImmutableArray<IPAddress>?> _source = Parsed<ImmutableArray<IPAddress>?>("--source-address", "A,…", "Local addresses, for the sessions in turn.",
        t => [.. t.Split(',').Select(a => IPAddress.TryParse(a, out var address) ? address : throw new FormatException($"\"{a}\" is not an IP address"))]);
    private readonly Option<bool> _lmtp = new("--lmtp") { Description = "Speak LMTP." };
    private readonly Option<string?> _helo = Parsed<string?>("--helo", "NAME", $"The name in EHLO; {Defaults.Helo} if not given.",
        t => DomainName.Normalize(t) ?? throw new FormatException($"\"{t}\" is not a domain name"));
    private readonly Option<MessageSize?> _size = Parsed<MessageSize?>("--size", "SIZE|real", "Size of generated messages: 4KiB if not given; \"real\" is log-normal, median 16 KiB, 1 KiB to 10 MiB.", MessageSize.Parse);
    private readonly Option<string[]> _attach = new("--attach") { Description = "Attach a file to each generated message, beyond its size. Can be given several times.", HelpName = "FILE" };
    private readonly Option<string?> _template = new("--template") { Description = "A message with the merge fields {n} {to} {from} {domain} {date} {id}.", HelpName = "FILE" };
    private readonly Option<string?> _eml = new("--eml") { Description = "Send the .eml files of a folder in turn.", HelpName = "DIR" };
    private readonly Option<AddressPattern?> _from = Parsed<AddressPattern?>("--from", "PATTERN", $"Sender; {Defaults.From.Text} if not given. Fields: {{n}}, {{domain}}.", AddressPattern.Parse);
    private readonly Option<AddressPattern?> _to = Parsed<AddressPattern?>("--to", "PATTERN", $"Recipient; {Defaults.To.Text} if not given.", Recipient);
    private readonly Option<DomainSpread?> _domains = Parsed<DomainSpread?>("--domains", "N|zipf:N", "{domain} is d1.test to dN.test, in turn or by Zipf's law; 1 if not given.", DomainSpread.Parse);
    private readonly Option<long?> _recipients = Number("--recipients", "K", "Recipients of each message; 1 if not given.", 1, 1000);
    private readonly Option<TimeSpan?> _timeout = Parsed<TimeSpan?>("--timeout", "T", $"For a connection, a reply, and the last replies after the end; {Defaults.Timeout.TotalSeconds} s if not given.", t => Units.Duration(t));
    private readonly Option<Uri?> _sink = Parsed<Uri?>("--sink", "ADDRESS:PORT", "Ask the \"mta sink --http\" at the other end what came: lost, doubled, end-to-end latency.", SinkAddress);
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<string?> _report = new("--report") { Description = "Write a report with charts: one HTML file that needs nothing else.", HelpName = "FILE.html" };
    private readonly Option<LoadResult?> _compare = Parsed<LoadResult?>("--compare", "FILE.json", "Compare with an earlier run's --json.", t => LoadResult.Parse(File.ReadAllText(t)));
    private readonly Option<Threshold[]> _failIf = new("--fail-if")
    {
        Description = "Exit code 1 if this holds: p99>200ms, rcpt.p95>50ms, errors>0.1%, rate<500, failed>0; with --sink or --self lost>0, doubled>0, arrival.p99>2s. Can be given several times.",
        HelpName = "CONDITION",
        CustomParser = r => Try(r, _ => r.Tokens.Select(t => Threshold.Parse(t.Value)).ToArray()) ?? [],
        DefaultValueFactory = _ => [],
    };

    public static Command Create()
    {
        var load = new LoadCommand();
        var command = new Command("load", """
            Load-test a mail server: send messages, and measure how fast it takes them.

            Closed model (default): --sessions connections send as fast as they can. Open model (--rate, --stages): messages start at
            their time, and latency counts from there, however late the server makes them. Every message has an id in X-Mta-Load.

            Exit codes: 0 done, 1 a --fail-if holds, 2 wrong arguments or the target cannot be reached.
            Example: mta load localhost:2525 --rate 500 --duration 30s --domains zipf:1000 --report report.html --fail-if 'p99>200ms'
            """)
        {
            load._target, load._self, load._count, load._duration, load._rate, load._stages, load._sessions, load._perConnection, load._noPipelining, load._bdat,
            load._tls, load._tlsVerify, load._auth, load._source, load._lmtp, load._helo, load._size, load._attach, load._template, load._eml, load._from, load._to,
            load._domains, load._recipients, load._timeout, load._sink, load._json, load._report, load._compare, load._failIf,
        };
        command.SetAction(load.Run);
        return command;
    }

    private async Task<int> Run(ParseResult parsed, CancellationToken cancel)
    {
        LoadRun.UseOneThread();
        LoadResult result;
        string? report = parsed.GetValue(_report);
        try
        {
            if (parsed.GetValue(_self)) return await RunSelf(parsed, report, cancel);
            // a report that cannot be written is better known before the run
            if (report is not null) await new FileStream(report, FileMode.OpenOrCreate, FileAccess.Write).DisposeAsync();
            var target = parsed.GetValue(_target) ?? throw new FormatException("name a TARGET such as localhost:2525, or say --self");
            var options = Options(parsed, target);
            var run = new LoadRun(options, TimeProvider.System);
            using var sink = parsed.GetValue(_sink) is { } at ? new SinkWatch(at, TimeProvider.System) : null;
            if (sink is not null) await sink.Try(cancel);
            result = await Show(run, options, parsed.GetValue(_json), cancel);
            if (sink is not null) result = result with { Arrived = await sink.Wait(result.Run, result.Counts.Accepted, options.Timeout, cancel) };
            if (report is not null) await File.WriteAllTextAsync(report, HtmlReport.Write(result, parsed.GetValue(_compare)), CancellationToken.None);
        }
        catch (Exception e) when (e is TargetUnreachableException or FormatException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"mta: {e.Message}");
            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("mta: broken off before the first message");
            return ExitCode.Failed;
        }
        return Judge(parsed, result);
    }

    private async Task<int> RunSelf(ParseResult parsed, string? report, CancellationToken cancel)
    {
        if (parsed.GetValue(_sink) is not null) throw new FormatException("--self brings its own sink: --sink is for a TARGET");
        if (parsed.GetValue(_target) is not null) throw new FormatException("--self and TARGET exclude each other");
        bool isJson = parsed.GetValue(_json);
        report ??= "mta-load.html";
        await File.WriteAllTextAsync(report, "", cancel);
        if (!isJson) Console.WriteLine("Starting a node and a sink …");
        await using var campaign = await SelfCampaign.StartAsync(cancel);
        var given = Options(parsed, campaign.Target);
        var options = given with
        {
            Count = parsed.GetValue(_count) is null && given.Duration is null && given.Arrivals is null ? SelfCampaign.Messages : given.Count,
            Domains = parsed.GetValue(_domains) ?? DomainSpread.Parse($"{SelfCampaign.Domains}"),
        };
        var result = await Show(new LoadRun(options, TimeProvider.System), options, isJson, cancel);
        var (arrived, cost) = await campaign.Finish(result.Counts.Accepted, isJson, cancel);
        result = result with { Arrived = arrived };
        await File.WriteAllTextAsync(report, HtmlReport.Write(result, parsed.GetValue(_compare)), CancellationToken.None);
        int judged = Judge(parsed, result);
        var output = isJson ? Console.Error : Console.Out;
        output.WriteLine(cost);
        output.WriteLine($"Report        {Path.GetFullPath(report)}");
        return arrived is { Lost: 0, Doubled: 0 } ? judged : ExitCode.Failed;
    }

    private static async Task<LoadResult> Show(LoadRun run, LoadOptions options, bool isJson, CancellationToken cancel)
    {
        if (!isJson && AnsiConsole.Profile.Capabilities.Interactive && AnsiConsole.Profile.Capabilities.Ansi)
        {
            return await AnsiConsole.Live(new Markup("connecting")).AutoClear(true).StartAsync(page => run.Run(
                (elapsed, figures) => page.UpdateTarget(LivePage.Render(options, elapsed, figures, AnsiConsole.Profile.Width, AnsiConsole.Profile.Height)), cancel));
        }
        // with --json, standard output is for the result alone
        var lines = isJson ? Console.Error : Console.Out;
        return await run.Run((elapsed, figures) => lines.WriteLine(PlainLines.Line(elapsed, figures)), cancel);
    }

    private int Judge(ParseResult parsed, LoadResult result)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 400;
        if (parsed.GetValue(_json)) Console.WriteLine(result.ToJson());
        else
        {
            AnsiConsole.Write(Summary.Render(result));
            if (parsed.GetValue(_compare) is { } old) AnsiConsole.Write(Comparison.Render(old, result));
            if (parsed.GetValue(_report) is { } report && !parsed.GetValue(_self)) Console.WriteLine($"Report: {report}");
        }
        int code = ExitCode.Done;
        foreach (var threshold in parsed.GetValue(_failIf) ?? [])
        {
            if (threshold.Fails(result) is not { } measured) continue;
            Console.Error.WriteLine($"mta: {threshold.Text}: it was {measured}");
            code = ExitCode.Failed;
        }
        return code;
    }

    private LoadOptions Options(ParseResult parsed, DnsEndPoint target)
    {
        var tls = parsed.GetValue(_tls);
        if (target.Port == 0) target = new(target.Host, tls == TlsMode.Implicit ? 465 : 25);
        long? count = parsed.GetValue(_count);
        var (duration, rate, stages) = (parsed.GetValue(_duration), parsed.GetValue(_rate), parsed.GetValue(_stages));
        if (rate is not null && stages is not null) throw new FormatException("--rate and --stages exclude each other");
        if (count is null && duration is null && stages is null) count = DefaultCount;
        // a rate goes on for the time given, else for as long as its messages take
        if (rate is { } r) stages = ArrivalSchedule.Constant(r, duration ?? TimeSpan.FromSeconds(Math.Min(count!.Value / r, TimeSpan.FromDays(7).TotalSeconds)));
        var (size, template, eml) = (parsed.GetValue(_size), parsed.GetValue(_template), parsed.GetValue(_eml));
        if (new object?[] { size, template, eml }.Count(o => o is not null) > 1) throw new FormatException("only one of --size, --template and --eml can be given");
        ImmutableArray<string> attachments = [.. parsed.GetValue(_attach) ?? []];
        if (!attachments.IsEmpty && (template ?? eml) is not null) throw new FormatException("--attach is for generated messages; a template brings its own attachments");
        return Defaults with
        {
            Target = target,
            Count = count,
            Duration = duration,
            Arrivals = stages,
            Sessions = (int)(parsed.GetValue(_sessions) ?? Defaults.Sessions),
            MessagesPerConnection = (int)(parsed.GetValue(_perConnection) ?? Defaults.MessagesPerConnection),
            Pipelining = !parsed.GetValue(_noPipelining),
            Bdat = parsed.GetValue(_bdat),
            Tls = tls,
            VerifyCertificate = parsed.GetValue(_tlsVerify),
            Credentials = parsed.GetValue(_auth),
            SourceAddresses = parsed.GetValue(_source) ?? Defaults.SourceAddresses,
            Lmtp = parsed.GetValue(_lmtp),
            Helo = parsed.GetValue(_helo) ?? Defaults.Helo,
            Messages = template is not null ? new MessageSource.Template(template)
                : eml is not null ? new MessageSource.Folder(eml)
                : new MessageSource.Generated(size ?? LoadOptions.DefaultSize) { Attachments = attachments },
            From = parsed.GetValue(_from) ?? Defaults.From,
            To = parsed.GetValue(_to) ?? Defaults.To,
            Domains = parsed.GetValue(_domains) ?? Defaults.Domains,
            Recipients = (int)(parsed.GetValue(_recipients) ?? Defaults.Recipients),
            Timeout = parsed.GetValue(_timeout) ?? Defaults.Timeout,
        };
    }

    private static DnsEndPoint Endpoint(string text)
    {
        var bad = new FormatException($"\"{text}\" is not HOST[:PORT] or [IPV6]:PORT");
        if (text is ['[', ..])
        {
            int end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !IPAddress.TryParse(text[1..end], out var address)) throw bad;
            return new(address.ToString(), end == text.Length - 1 ? 0 : text[end + 1] == ':' ? (int)Units.Number(text[(end + 2)..], 1, 65535) : throw bad);
        }
        return text.Split(':') switch
        {
            [{ Length: > 0 } host] => new(host, 0),
            [{ Length: > 0 } host, var port] => new(host, (int)Units.Number(port, 1, 65535)),
            _ => throw bad,
        };
    }

    private static SaslCredentials Credentials(string text) =>
        text.Split(':', 2) is [{ Length: > 0 } user, var password] ? new(user, password) : throw new FormatException("--auth takes USER:PASSWORD");

    private static Uri SinkAddress(string text) =>
        Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}", UriKind.Absolute, out var uri) && uri.Scheme == "http"
            ? uri
            : throw new FormatException($"\"{text}\" is not ADDRESS:PORT of mta sink --http");

    private static AddressPattern Recipient(string text) =>
        AddressPattern.Parse(text) is { Text.Length: > 0 } pattern ? pattern : throw new FormatException("a recipient cannot be empty");

    private static double PositiveRate(string text) =>
        ArrivalSchedule.Rate(text) is > 0 and var rate ? rate : throw new FormatException("a rate must be more than 0");

    private static Option<long?> Number(string name, string helpName, string description, long least, long most) =>
        Parsed<long?>(name, helpName, description, t => Units.Number(t, least, most));

    private static Option<T> Parsed<T>(string name, string helpName, string description, Func<string, T> parse) =>
        new(name) { Description = description, HelpName = helpName, CustomParser = r => Try(r, parse) };

    private static T? Try<T>(System.CommandLine.Parsing.ArgumentResult result, Func<string, T> parse)
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            result.AddError(e.Message);
            return default;
        }
    }
}
