using System.Text;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Akka.TestKit.Xunit;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Mta.Config;
using Mta.Domains;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Queue;
using Mta.Spool;

namespace Mta.Tests.Bench;

/// <summary>
/// A partition on a real spool and a real journal in a folder of its own, with a clock that the test turns and a probe in the place of the
/// domains. <see cref="Restart"/> is what a restart of the program is to it.
/// </summary>
internal sealed class QueueBench : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-queue-").FullName;
    private readonly string _config;
    private MessageIdSource _ids = null!;
    private IActorRef _queues = null!;

    public QueueBench(string config = "")
    {
        _config = "mta.queue.partitions = 1\nmta.queue.jitter = 0\nmta.spool.segment-size = 1MiB\n" + config;
        Start();
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    public FileSpool Spool { get; private set; } = null!;
    public TestKit Kit { get; private set; } = null!;
    public Akka.TestKit.TestProbe Domains { get; private set; } = null!;
    public QueueClient Queue { get; private set; } = null!;
    public DomainSuspensions Suspensions { get; private set; } = null!;
    public DeadLetters DeadLetters { get; private set; } = null!;

    private void Start()
    {
        var settings = ConfigFile.Parse(_config, "bench");
        _ids = new(Clock);
        Spool = FileSpool.Open(Path.Combine(_folder, "spool"), 1, SpoolSettings.From(settings.Mta.Section("spool")), TimeProvider.System, NullLogger.Instance);
        var setup = ActorSystemSetup.Create(Journal.Setup(Path.Combine(_folder, "queue")), BootstrapSetup.Create().WithConfig(
            ConfigurationFactory.ParseString(ConfigFile.Embedded("akka.conf")).WithFallback(SqlPersistence.DefaultConfiguration).WithFallback(TestKit.DefaultConfig)));
        Kit = new(setup);
        DeadLetters = DeadLetters.Watch(Kit.Sys);
        Domains = Kit.CreateTestProbe("domains");
        var ready = new TaskCompletionSource();
        Suspensions = DomainSuspensions.Open(Path.Combine(_folder, "suspended-domains.json"), Clock, NullLogger.Instance);
        _queues = Kit.Sys.ActorOf(QueuesActor.Props(new(
            Spool, Domains.Ref, new(QueueSettings.From(settings.Mta.Section("queue"))), "relay.test", _ids, Clock, NullLogger.Instance)
        { Suspensions = Suspensions }, ready));
        Queue = new(_queues);
        Assert.True(ready.Task.Wait(Limit, TestContext.Current.CancellationToken), "the partition did not recover");
        Suspensions.Start(domain => _queues.Tell(new QueueProtocol.Resumed(domain)));
    }

    /// <summary>Stops in order (or, with <paramref name="crash"/>, without a last flush) and starts on the same folder.</summary>
    public async Task Restart(bool crash = false)
    {
        await Stop(crash);
        Start();
    }

    private async Task Stop(bool crash)
    {
        Suspensions.Dispose();
        if (!crash) await _queues.GracefulStop(Limit, QueueProtocol.Stop.Instance);
        await Kit.Sys.Terminate();
        await Spool.DisposeAsync();
        if (!crash) DeadLetters.AssertNone();
    }

    /// <summary>Stores a message as an SMTP session would, and waits until it is safe.</summary>
    public async Task<MessageId> Accept(
        string[] recipients, string sender = "alice@src.test", RcptParameters? rcpt = null, MailParameters? mail = null,
        string body = "Subject: hello\r\n\r\nworld\r\n", DateTimeOffset? notBefore = null)
    {
        var storer = Kit.CreateTestProbe();
        var id = Store(recipients, sender, rcpt, mail, body, notBefore, storer);
        await storer.ExpectMsgAsync<SpoolProtocol.Stored>(Limit, cancellationToken: TestContext.Current.CancellationToken);
        return id;
    }

    /// <summary>Stores many messages of one recipient each, and waits until they are safe.</summary>
    public async Task AcceptMany(int count, Func<int, string> recipient)
    {
        var storer = Kit.CreateTestProbe();
        for (int i = 0; i < count; i++) Store([recipient(i)], "alice@src.test", null, null, "Subject: hello\r\n\r\nworld\r\n", null, storer);
        for (int i = 0; i < count; i++) await storer.ExpectMsgAsync<SpoolProtocol.Stored>(Limit, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>The events in the journal.</summary>
    public long JournalRows()
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "queue", "journal.db")}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM journal";
        return (long)command.ExecuteScalar()!;
    }

    private MessageId Store(
        string[] recipients, string sender, RcptParameters? rcpt, MailParameters? mail, string body, DateTimeOffset? notBefore, IActorRef storer)
    {
        var writer = Spool.BeginMessage();
        Encoding.UTF8.GetBytes(body, writer);
        var envelope = new Envelope
        {
            Id = _ids.Next(),
            ReversePath = sender,
            Recipients = [.. recipients.Select(r => new Recipient(r, r[(r.IndexOf('@', StringComparison.Ordinal) + 1)..], rcpt ?? RcptParameters.None))],
            ReceivedAt = Clock.GetUtcNow(),
            Size = writer.Length,
            Parameters = mail ?? MailParameters.None,
            NotBefore = notBefore,
        };
        Spool.Store(0, envelope, writer, storer);
        return envelope.Id;
    }

    /// <summary>The next job that the partition hands out.</summary>
    public async Task<DeliveryJob> NextJob() =>
        (await Domains.ExpectMsgAsync<DomainProtocol.Deliver>(Limit, cancellationToken: TestContext.Current.CancellationToken)).Job;

    public static void Answer(DeliveryJob job, string reply, bool remoteSendsDsn = false) => Answer(job, job.Recipients, reply, remoteSendsDsn);

    public static void Answer(DeliveryJob job, IEnumerable<int> recipients, string text, bool remoteSendsDsn = false)
    {
        var reply = SmtpReply.Parse(text);
        DeliveryResult result = reply.IsPositive ? new DeliveryResult.Delivered(reply, "mx.test [127.0.0.1]:25", remoteSendsDsn)
            : reply.IsTransient ? new DeliveryResult.Deferred(reply, "mx.test [127.0.0.1]:25")
            : new DeliveryResult.Failed(reply, "mx.test [127.0.0.1]:25");
        job.Queue.Tell(new QueueProtocol.Attempted(job.Envelope.Id, job.Domain, [.. recipients.Select(i => new RecipientResult(i, result))]), ActorRefs.NoSender);
    }

    /// <summary>The partition's status; being answered also means that all told before was taken.</summary>
    public Task<QueueProtocol.PartitionStatus> Status() => Queue.StatusAsync(TestContext.Current.CancellationToken);

    public static string Text(DeliveryJob job)
    {
        using var lease = job.Body.Open();
        byte[] bytes = new byte[lease.Length];
        for (int at = 0; at < bytes.Length;) at += lease.Read(at, bytes.AsSpan(at));
        return Encoding.UTF8.GetString(bytes);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop(crash: false);
        Directory.Delete(_folder, recursive: true);
    }
}
