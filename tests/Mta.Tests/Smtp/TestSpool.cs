using System.Collections.Concurrent;
using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Spool;
using Mta.Tests.Spool;

namespace Mta.Tests.Smtp;

/// <summary>A real spool that can be told to be full, to fail, or to take its time.</summary>
internal sealed class TestSpool : ISpool
{
    public static readonly SmtpReply Failure = SmtpReply.Parse("451 4.3.0 cannot store mail now, try again later");

    private readonly string _folder = Directory.CreateTempSubdirectory("spool").FullName;
    private readonly FileSpool _spool;
    private readonly ConcurrentQueue<Action> _held = new();

    public TestSpool()
    {
        _spool = FileSpool.Open(_folder, 1, SpoolFixture.Settings("segment-size = 1MiB"), TimeProvider.System, NullLogger.Instance);
    }

    public SpoolHealth Health { get; set; }
    public bool FailsToStore { get; set; }

    /// <summary>Messages wait for <see cref="StoreHeld"/>.</summary>
    public bool Holds { get; set; }
    public int Held => _held.Count;

    public SpoolStatus Status => _spool.Status with { Health = Health };

    public void StoreHeld()
    {
        while (_held.TryDequeue(out var store)) store();
    }

    public MessageWriter BeginMessage() => _spool.BeginMessage();

    public void Store(int queue, Envelope envelope, MessageWriter message, IActorRef storer)
    {
        if (FailsToStore)
        {
            message.Dispose();
            storer.Tell(new SpoolProtocol.NotStored(envelope.Id, Failure), ActorRefs.NoSender);
        }
        else if (Holds) _held.Enqueue(() => _spool.Store(queue, envelope, message, storer));
        else _spool.Store(queue, envelope, message, storer);
    }

    public void Settle(int queue, MessageId id, ReadOnlySpan<int> recipients, Settlement settlement) => _spool.Settle(queue, id, recipients, settlement);
    public void Attach(int queue, IActorRef actor, long afterLsn) => _spool.Attach(queue, actor, afterLsn);
    public void Detach(int queue, IActorRef actor) => _spool.Detach(queue, actor);
    public StoredBody Restore(int queue, BodyLocation location) => _spool.Restore(queue, location);
    public StoredBody Handle(int queue, BodyLocation location) => _spool.Handle(queue, location);
    public void Checkpoint(int queue, long lsn) => _spool.Checkpoint(queue, lsn);
    public void Move(int queue, MessageId id, StoredBody body) => _spool.Move(queue, id, body);
    public Task FlushAsync() => _spool.FlushAsync();

    public async ValueTask DisposeAsync()
    {
        await _spool.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
