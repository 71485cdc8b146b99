using System.Threading.Channels;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Mta.Mail;

namespace Mta.Spool;

/// <summary>
/// Does what takes the disk's time before a record can be appended, so that the writer's thread need not wait for it: makes large bodies
/// durable, and reads the bodies that move.
/// </summary>
internal sealed class Stager
{
    private readonly Channel<Work> _work = Channel.CreateUnbounded<Work>(new() { SingleReader = true });
    private readonly Inbox _inbox;
    private readonly BodyStore _bodies;
    private readonly SpoolCounters _counters;
    private readonly ILogger _log;
    private readonly Task _run;

    public Stager(Inbox inbox, BodyStore bodies, SpoolCounters counters, ILogger log)
    {
        (_inbox, _bodies, _counters, _log) = (inbox, bodies, counters, log);
        _run = Task.Run(RunAsync);
    }

    public void StoreLarge(Append message)
    {
        if (!_work.Writer.TryWrite(new Work.Large(message))) Refuse(message, SpoolReplies.Closing);
    }

    public void Move(int queue, MessageId id, StoredBody body) => _work.Writer.TryWrite(new Work.Move(queue, id, body));

    /// <summary>Goes on to the writer behind all that came before it.</summary>
    public void Flush(TaskCompletionSource done)
    {
        if (!_work.Writer.TryWrite(new Work.Flush(done))) done.TrySetResult();
    }

    /// <summary>Takes nothing more, and ends when all that was taken has gone on.</summary>
    public Task StopAsync()
    {
        _work.Writer.TryComplete();
        return _run;
    }

    private async Task RunAsync()
    {
        var large = new List<Append>();
        while (await _work.Reader.WaitToReadAsync())
        {
            while (_work.Reader.TryRead(out var work))
                switch (work)
                {
                    case Work.Large(var message) when TrySync(message):
                        large.Add(message);
                        break;
                    case Work.Move(var queue, var id, var body):
                        Copy(queue, id, body);
                        break;
                    case Work.Flush(var done):
                        StoreSynced(large);
                        if (!_inbox.TryAdd(new Command.Flush(done))) done.TrySetResult();
                        break;
                }
            StoreSynced(large);
        }
    }

    private bool TrySync(Append message)
    {
        try
        {
            _bodies.Large.Sync(message.Large!);
            _counters.Synced();
            return true;
        }
        catch (IOException e)
        {
            _counters.SyncFailed();
            _log.LogError("large body {Number} cannot be made durable: {Error}", message.Large!.Number, e.Message);
            Refuse(message, SpoolReplies.For(e));
            return false;
        }
    }

    /// <summary>One sync of the folder serves all the bodies that have come together.</summary>
    private void StoreSynced(List<Append> messages)
    {
        if (messages.Count == 0) return;
        try
        {
            _bodies.Large.SyncFolder();
            _counters.Synced();
            foreach (var message in messages)
                if (!_inbox.TryAdd(message)) Refuse(message, SpoolReplies.Busy);
        }
        catch (IOException e)
        {
            _counters.SyncFailed();
            _log.LogError("the folder of large bodies cannot be made durable: {Error}", e.Message);
            foreach (var message in messages) Refuse(message, SpoolReplies.For(e));
        }
        messages.Clear();
    }

    private void Copy(int queue, MessageId id, StoredBody body)
    {
        if (body.Location.Offset < 0) return; // it is in no segment that could be emptied
        try
        {
            using var lease = body.Open();
            var (length, budget) = ((int)lease.Length, _bodies.Budget);
            byte[] buffer = budget.Rent(length + BodyMemory.Spare);
            lease.Read(0, buffer.AsSpan(0, length));
            var copy = Append.Moved(queue, id, new(budget, buffer, length));
            // the partition is asked again later
            if (!_inbox.TryAdd(copy)) copy.Body!.Release();
        }
        catch (IOException e)
        {
            _log.LogError("the body of message {Id} cannot be moved: {Error}", id, e.Message);
        }
    }

    private void Refuse(Append message, Protocol.Smtp.SmtpReply reply)
    {
        _bodies.Large.Discard(message.Large!);
        message.Recycle();
        message.Storer!.Tell(new SpoolProtocol.NotStored(message.Envelope!.Id, reply), ActorRefs.NoSender);
    }

    private abstract record Work
    {
        public sealed record Large(Append Message) : Work;

        public sealed record Move(int Queue, MessageId Id, StoredBody Body) : Work;

        public sealed record Flush(TaskCompletionSource Done) : Work;
    }
}
