using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Xunit;
using Microsoft.Extensions.Logging;
using Mta.Config;
using Mta.Delivery;
using Mta.Dns;
using Mta.Domains;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Queue;
using Mta.Spool;
using Mta.Tests.Bench;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Mta.Tests.Delivery;

/// <summary>Domains and connections over loopback; the test is the queue. At the end no message may have been lost on its way.</summary>
public abstract class DeliveryBench : TestKit
{
    private static readonly string Hocon = """
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.log-dead-letters = off
        """;

    private readonly ConcurrentQueue<object> _lost = new();
    private ulong _id;

    protected DeliveryBench() : base(ConfigurationFactory.ParseString(Hocon))
    {
        var listener = Sys.ActorOf(Props.Create(() => new LostMessages(_lost)));
        Sys.EventStream.Subscribe(listener, typeof(DeadLetter));
        Sys.EventStream.Subscribe(listener, typeof(UnhandledMessage));
        Sys.EventStream.Subscribe(listener, typeof(Error));
    }

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    internal FakeMx Mx { get; } = new();

    /// <summary>Domains whose mail ends here.</summary>
    internal HashSet<string> Ours { get; } = [];

    /// <summary>What was logged.</summary>
    internal LogLines Logged { get; } = new();

    /// <summary>The routes in force, once started.</summary>
    internal Live<RelayRoutes> Routes { get; private set; } = null!;

    /// <summary>A folder of the test's own.</summary>
    protected string Folder { get; } = Directory.CreateTempSubdirectory("delivery").FullName;

    /// <summary>Where nothing is to be sent.</summary>
    internal DomainSuspensions? Suspensions { get; set; }

    internal IActorRef Start(string overrides = "", Func<DeliveryTarget, Props>? connection = null)
    {
        var (settings, routes) = Read(overrides);
        Routes = new(routes);
        var context = DomainsContext.Smtp(new(new(settings), "client.example", TimeProvider.System, Logged), Routes, Mx, Ours.Contains) with { Suspensions = Suspensions };
        if (connection is not null) context = context with { Connection = connection };
        return Sys.ActorOf(Props.Create<DomainsActor>(context), "domains");
    }

    internal static (DeliverySettings, RelayRoutes) Read(string overrides)
    {
        var mta = ConfigFile.Parse($"mta {{ {overrides} }}", "test").Mta;
        var settings = DeliverySettings.From(mta.Section("delivery"));
        return (settings, RelayRoutes.From(mta.Section("relay"), settings));
    }

    internal DeliveryJob Job(string recipients = "to@b.example", string body = "Subject: x\r\n\r\n.hi\r\n", Func<Envelope, Envelope>? change = null) =>
        JobOf(recipients, Encoding.Latin1.GetBytes(body), change);

    internal DeliveryJob JobOf(string recipients, byte[] body, Func<Envelope, Envelope>? change = null)
    {
        var envelope = new Envelope
        {
            Id = new(++_id),
            ReversePath = "from@a.example",
            Recipients = [.. recipients.Split(',').Select(r => new Recipient(r, r[(r.LastIndexOf('@') + 1)..], RcptParameters.None))],
            ReceivedAt = TimeProvider.System.GetUtcNow(),
            Size = body.Length,
        };
        envelope = change?.Invoke(envelope) ?? envelope;
        return new(envelope, BodyOf(body), envelope.Recipients[0].Domain, [.. Enumerable.Range(0, envelope.Recipients.Length)], 1, TestActor);
    }

    /// <summary>Waits for the answers for so many recipients; each must come once.</summary>
    protected async Task<IReadOnlyList<(string Address, DeliveryResult Result)>> Outcomes(IReadOnlyCollection<DeliveryJob> jobs, int recipients)
    {
        var byId = jobs.ToDictionary(j => j.Envelope.Id);
        var seen = new HashSet<(MessageId, int)>();
        var outcomes = new List<(string, DeliveryResult)>();
        while (outcomes.Count < recipients)
        {
            var attempted = await ExpectMsgAsync<QueueProtocol.Attempted>(TimeSpan.FromSeconds(20), cancellationToken: Cancel);
            foreach (var (index, result) in attempted.Results)
            {
                Assert.True(seen.Add((attempted.Id, index)), "answered twice");
                outcomes.Add((byId[attempted.Id].Envelope.Recipients[index].Address, result));
            }
        }
        return outcomes;
    }

    protected async Task<DeliveryResult> Outcome(DeliveryJob job) => Assert.Single(await Outcomes([job], 1)).Result;

    /// <summary>Returns when <paramref name="condition"/> holds.</summary>
    protected Task Until(Func<bool> condition) => AwaitConditionAsync(() => Task.FromResult(condition()), TimeSpan.FromSeconds(20), TimeSpan.FromMilliseconds(10), cancellationToken: Cancel);

    protected void NothingWasLost()
    {
        Sys.Terminate().Wait(Cancel);
        Assert.Empty(_lost);
        Assert.Empty(Logged.Of(LogLevel.Critical));
        Assert.DoesNotContain(Logged.Of(LogLevel.Error), l => l.EndsWith("must not", StringComparison.Ordinal));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        Directory.Delete(Folder, recursive: true);
    }

    internal static StoredBody BodyOf(byte[] octets)
    {
        byte[] buffer = new byte[octets.Length + BodyMemory.Spare];
        octets.CopyTo(buffer, 0);
        return new(null!, new(0, 0, octets.Length), null, new(new(long.MaxValue), buffer, octets.Length));
    }

    internal static string Route(ScriptedSmtpServer server, string more = "") =>
        $"relay.routes = [ {{ domain = \"*\", next-hop = [\"{server.EndPoint}\"] {more} }} ]";

    private sealed class LostMessages(ConcurrentQueue<object> lost) : UntypedActor
    {
        protected override void OnReceive(object message) => lost.Enqueue(message);
    }
}

/// <summary>Keeps the lines that were logged.</summary>
internal sealed class LogLines : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public IEnumerable<string> Of(LogLevel level) => _lines.Where(l => l.Level == level).Select(l => l.Text);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, formatter(state, exception)));

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
}

/// <summary>Answers as the test has set it; a domain that was not set does not exist.</summary>
internal sealed class FakeMx : IMxLookup
{
    private int _lookups;

    public ConcurrentDictionary<string, MxResult> Answers { get; } = new();
    public int Lookups => Volatile.Read(ref _lookups);

    public void Set(string domain, params (string Host, int Preference, string Address)[] hosts) => Answers[domain] =
        new MxResult.Found([.. hosts.Select(h => new MxHost(h.Host, h.Preference, [IPAddress.Parse(h.Address)]))], TimeSpan.FromHours(1));

    public Task<MxResult> LookupMxAsync(string domain, CancellationToken cancel)
    {
        Interlocked.Increment(ref _lookups);
        return Task.FromResult(Answers.GetValueOrDefault(domain) ?? new MxResult.NoSuchDomain($"{domain} does not exist"));
    }

    public Task<MxResult> LookupHostAsync(string host, CancellationToken cancel) => LookupMxAsync(host, cancel);

    public void Forget(string? domain)
    {
    }
}
