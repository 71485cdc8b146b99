using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Mta.Config;
using Mta.Load.Sink;
using Spectre.Console;
using Profile = Mta.Load.Sink.Profile;

namespace Mta.Server.Commands;

/// <summary><c>mta sink</c>: a receiver of mail that behaves like the world's providers.</summary>
internal static class SinkCommand
{
    // More would make a mistyped range a long wait.
    private const int MaxAddresses = 4096;

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var listen = new Option<string[]>("--listen", "-l") { Description = "Where to listen: ADDRESS:PORT, or a range FIRST-LAST:PORT. May be repeated. Without it: 127.0.0.1:2526.", HelpName = "ADDRESS:PORT" };
        var count = new Option<long?>("--count") { Description = "Stop after so many messages.", HelpName = "N" };
        var duration = new Option<string?>("--duration") { Description = "Stop after a time such as 30s, 5m, 2h.", HelpName = "TIME" };
        var json = new Option<bool>("--json") { Description = "Print the summary as one JSON object; what is shown meanwhile goes to the standard error." };
        var profile = new Option<string[]>("--profile", "-p")
        {
            Description = $"How to behave: {string.Join(", ", Profile.Known)}, or a file. Repeat it with =WEIGHT for several providers (small-isp=3); the first also serves unknown domains. Without it: plain.",
            HelpName = "NAME|FILE",
        };
        var show = new Option<string?>("--show-profile") { Description = "Print a profile that comes with the program, and end; plain explains every key.", HelpName = "NAME" };
        var domains = new Option<int>("--domains") { Description = "Be so many domains, d1.test to dN.test, spread over the providers.", DefaultValueFactory = _ => 1, HelpName = "N" };
        var dns = new Option<string?>("--dns") { Description = "Answer the DNS for these domains on a port of 127.0.0.1 or on ADDRESS:PORT.", HelpName = "PORT" };
        var seed = new Option<ulong>("--seed") { Description = "The same seed gives the same unknown users and the same chances to the n-th connection.", DefaultValueFactory = _ => 1, HelpName = "N" };
        var tls = new Option<bool>("--tls") { Description = "Offer STARTTLS with a certificate of its own making." };
        var lmtp = new Option<bool>("--lmtp") { Description = "Speak LMTP: a reply for each recipient after the message." };
        var returnTo = new Option<string?>("--return-to") { Description = "Mail the bounces and complaints of the profiles to this host.", HelpName = "HOST:PORT" };
        var http = new Option<string?>("--http") { Description = "Serve the summary as JSON on a port of 127.0.0.1 or on ADDRESS:PORT, for \"mta load --sink\" too.", HelpName = "PORT" };
        var check = new Option<bool>("--check") { Description = "Verify the ids of \"mta load\": lost, doubled, reordered, end-to-end latency. Exit code 1 if any was lost or doubled." };
        var keep = new Option<string?>("--keep") { Description = "Keep the messages.", HelpName = "mbox:FILE|maildir:DIR" };
        var record = new Option<string?>("--record") { Description = "Keep the messages byte-exactly, with their envelopes.", HelpName = "DIR" };
        var command = new Command("sink", $"""
            Receive mail and throw it away, or behave like the world's providers.

            With --domains and --dns it is a small Internet: let the node ask --dns (mta.dns.servers) and connect to the port of --listen (mta.delivery.port).
            With as many addresses as providers, each has its own, and its limits hold from the greeting on. The DNS also has names that misbehave, and
            all below them: servfail.test, nxdomain.test, timeout.test, truncate.test, slow.test, null-mx.test. --count, --duration or Ctrl-C end it.

            Example: mta sink --listen 127.0.1.1-127.0.1.50:2526 --domains 1000 --dns 5353 --profile strict-webmail=6 --profile small-isp=4 --check
            """)
        {
            listen, count, duration, json, http, profile, show, domains, dns, seed, tls, lmtp, returnTo, check, keep, record,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            SinkOptions options;
            TimeSpan? limit;
            IPEndPoint? page;
            try
            {
                if (parsed.GetValue(show) is { } name) return Show(name);
                limit = parsed.GetValue(duration) is { } time ? Duration(time) : null;
                page = Port("--http", parsed.GetValue(http));
                if (parsed.GetValue(count) < 1) throw new UsageException("--count must be at least 1");
                var (mbox, maildir) = Keep(parsed.GetValue(keep));
                if (parsed.GetValue(keep) is not null && parsed.GetValue(record) is not null) throw new UsageException("give --keep or --record, not both");
                string[] where = parsed.GetValue(listen) is { Length: > 0 } given ? given : ["127.0.0.1:2526"];
                string[] profiles = parsed.GetValue(profile) is { Length: > 0 } named ? named : ["plain"];
                options = new()
                {
                    Listen = [.. where.SelectMany(EndPoints)],
                    Profiles = [.. profiles.Select(Weighted)],
                    Domains = parsed.GetValue(domains) is >= 1 and <= 10_000_000 and var n ? n : throw new UsageException("--domains must be from 1 to 10000000"),
                    Dns = Port("--dns", parsed.GetValue(dns)),
                    Seed = parsed.GetValue(seed),
                    Tls = parsed.GetValue(tls),
                    Lmtp = parsed.GetValue(lmtp),
                    ReturnTo = parsed.GetValue(returnTo) is { } host ? Host(host) : null,
                    // who asks over HTTP asks for the ids of a run
                    Check = parsed.GetValue(check) || page is not null,
                    Mbox = mbox,
                    Maildir = maildir,
                    Record = parsed.GetValue(record),
                };
                if (options.Profiles.GroupBy(p => p.Profile.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
                    throw new UsageException($"the profile {twice.Key} is given twice");
            }
            catch (Exception e) when (e is UsageException or ConfigException)
            {
                Console.Error.WriteLine($"mta: {e.Message}");
                return ExitCode.Usage;
            }
            return await Run(options, page, parsed.GetValue(count), limit, parsed.GetValue(json), cancel);
        });
        return command;
    }

    private static int Show(string name)
    {
        if (!Profile.Known.Contains(name)) throw new UsageException($"--show-profile takes one of {string.Join(", ", Profile.Known)}, not \"{name}\"");
        Console.Write(Profile.Embedded(name));
        return ExitCode.Done;
    }

    private static async Task<int> Run(SinkOptions options, IPEndPoint? page, long? count, TimeSpan? limit, bool json, CancellationToken cancel)
    {
        SinkServer.TuneProcess();
        SinkServer sink;
        try
        {
            sink = SinkServer.Start(options, TimeProvider.System);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"mta: the sink cannot start: {e.Message}");
            return ExitCode.Usage;
        }
        SinkSummary summary;
        await using (sink)
        {
            await using var http = page is null ? null : await SinkHttp.StartAsync(page, sink);
            if (page is not null && http is null) return ExitCode.Usage;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
            if (limit is { } time) stop.CancelAfter(time);
            var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(json ? Console.Error : Console.Out) });
            if (!console.Profile.Capabilities.Interactive) console.Profile.Width = 140;
            console.Profile.Out.Writer.WriteLine($"mta sink listens on {Listening(sink.EndPoints)}{(sink.DnsEndPoint is { } dns ? $", DNS on {dns}" : "")}{(http is null ? "" : $", JSON on {http.Urls.First()}/")}; Ctrl-C ends it");
            var showing = SinkPage.ShowAsync(sink, console, TimeProvider.System, stop.Token);
            if (count is { } messages) await Counted(sink, messages, stop);
            await showing;
            summary = sink.Summary();
            if (json) Console.WriteLine(JsonSerializer.Serialize(summary, Format));
            else console.Write(SinkPage.Render(summary));

            void Stop(PosixSignalContext context)
            {
                context.Cancel = true;
                stop.Cancel();
            }
        }
        return summary.Check is { Lost: > 0 } or { Doubled: > 0 } ? ExitCode.Failed : ExitCode.Done;
    }

    private static async Task Counted(SinkServer sink, long messages, CancellationTokenSource stop)
    {
        try
        {
            await sink.AcceptedAsync(messages, stop.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        await stop.CancelAsync();
    }

    private static string Listening(IReadOnlyList<IPEndPoint> endPoints) =>
        endPoints.Count <= 4 ? string.Join(", ", endPoints) : $"{endPoints[0]} to {endPoints[^1]} ({endPoints.Count} addresses)";

    private static IEnumerable<IPEndPoint> EndPoints(string text)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (!IPEndPoint.TryParse(text[(dash + 1)..], out var last) || last.Port == 0 && !text.EndsWith(":0", StringComparison.Ordinal))
            throw new UsageException($"--listen takes ADDRESS:PORT or FIRST-LAST:PORT, not \"{text}\"");
        if (dash < 0) return [last];
        if (!IPAddress.TryParse(text[..dash], out var first) || first.AddressFamily != AddressFamily.InterNetwork || last.AddressFamily != AddressFamily.InterNetwork)
            throw new UsageException($"a range of --listen is two IPv4 addresses and a port, 127.0.1.1-127.0.1.50:2526, not \"{text}\"");
        uint from = Number(first), to = Number(last.Address);
        if (to < from || to - from >= MaxAddresses) throw new UsageException($"the range \"{text}\" must go up and have at most {MaxAddresses} addresses");
        return Enumerable.Range(0, (int)(to - from) + 1).Select(i => new IPEndPoint(new IPAddress(BitConverter.GetBytes(IPAddress.HostToNetworkOrder((int)(from + i)))), last.Port));

        static uint Number(IPAddress address) => (uint)IPAddress.NetworkToHostOrder(BitConverter.ToInt32(address.GetAddressBytes()));
    }

    private static (Profile Profile, double Weight) Weighted(string text)
    {
        int equals = text.LastIndexOf('=');
        if (equals < 0) return (Profile.Load(text), 1);
        return double.TryParse(text[(equals + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double weight) && weight is > 0 and < 1e6
            ? (Profile.Load(text[..equals]), weight)
            : throw new UsageException($"the weight in \"{text}\" must be a number above 0");
    }

    private static IPEndPoint? Port(string option, string? text) =>
        text is null ? null
        : ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) ? new(IPAddress.Loopback, port)
        : IPEndPoint.TryParse(text, out var endPoint) && endPoint.Port > 0 ? endPoint
        : throw new UsageException($"{option} takes a port or ADDRESS:PORT, not \"{text}\"");

    private static EndPoint Host(string text) =>
        IPEndPoint.TryParse(text, out var endPoint) && endPoint.Port > 0 ? endPoint
        : text.Split(':') is [{ Length: > 0 } host, var port] && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number > 0
            ? new DnsEndPoint(host, number)
            : throw new UsageException($"--return-to takes HOST:PORT, not \"{text}\"");

    private static (string? Mbox, string? Maildir) Keep(string? text) => text?.Split(':', 2) switch
    {
        null => (null, null),
        ["mbox", { Length: > 0 } file] => (file, null),
        ["maildir", { Length: > 0 } folder] => (null, folder),
        _ => throw new UsageException($"--keep takes mbox:FILE or maildir:DIR, not \"{text}\""),
    };

    private static TimeSpan Duration(string text)
    {
        double unit = text.Length < 2 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        return unit > 0 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number * unit is > 0 and <= 1_000_000 and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"--duration takes a time such as 30s, 5m or 2h, not \"{text}\"");
    }

    private sealed class UsageException(string message) : Exception(message);
}
