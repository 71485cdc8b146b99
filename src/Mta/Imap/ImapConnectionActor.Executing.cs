using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mta.Mailbox;
using Mta.Net;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap;

// A command that is executed, on a thread that may wait.
internal sealed partial class ImapConnectionActor
{
    private void Execute(ImapCommand command)
    {
        TakeNews();
        var bodies = TakeMessages();
        Work(command.Tag, bodies, x => ImapCommands.RunAsync(x, command, bodies));
    }

    /// <param name="tag">Of the command; null where there is none.</param>
    private void Work(string? tag, ImmutableArray<StagedBody> bodies, Func<ImapExecution, Task<ImapResult>> work)
    {
        var (self, gate) = (Self, context.Gate);
        var x = NewExecution(() => gate.WaitAsync(() =>
        {
            var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            self.Tell(new FlushWanted(flushed), ActorRefs.NoSender);
            return flushed.Task;
        }));
        _execution = new(tag, x, bodies);
        BeginWork();
        Become(Executing);
        Task.Run(() => gate.RunAsync(() => work(x))).PipeTo(self, ActorRefs.NoSender, success: result => new Executed(result, null), failure: e => new Executed(null, e));
    }

    private ImapExecution NewExecution(Func<Task> flush) => new(context, _session, Output, flush, Self);

    private void Executing(object message)
    {
        switch (message)
        {
            case FlushWanted wanted:
                _flushed = wanted.Done;
                SetDeadline(_settings.SendTimeout);
                if (TrySend(After.Step)) Step();
                break;
            case Executed executed:
                EndWork();
                Become(Talking);
                Answer(executed);
                break;
            case MailboxProtocol.Happened happened:
                Hear(happened);
                // they cannot be told before it has what it asked for; a client that comes again finds them
                if (IsSending && _news.Count > MaxNews) Abandon("does not read while much happens");
                break;
            case NetProtocol.Received { Count: > 0 } received:
                // while it is told what it has not asked for: Step comes when that is done
                Take(received);
                break;
            case Tick when IsDue():
                // the time is ours, but where the client does not take what it asked for
                if (IsSending) Abandon("does not read");
                break;
            case ListenerProtocol.Drain drain: BeginDrain(drain.Grace); break;
            case NetProtocol.Sent: Talking(message); break;
            case ListenerProtocol.Hurry or Tick: break;
            default: Common(message); break;
        }
    }

    private void Answer(Executed executed)
    {
        var execution = _execution!;
        _execution = null;
        foreach (var body in execution.Bodies) body.Dispose();
        if (executed.Error is { } error && error is not IOException) ImapLog.Crashed(context.Log, error, Client);
        // in the middle of a response nothing that can be said would be understood
        if (executed.Error is not null && execution.X.IsWithinLine)
        {
            Abandon(executed.Error.Message);
            return;
        }
        if (execution.Tag is not { } tag)
        {
            Told(executed.Error);
            return;
        }
        End(tag, executed.Result ?? (executed.Error is IOException
            ? NotUsable
            : ImapResult.No("this failed in a way that it must not", ImapCode.ServerBug)));
        SetCommandDeadline();
        Step();
    }

    private sealed record Execution(string? Tag, ImapExecution X, ImmutableArray<StagedBody> Bodies);

    private sealed record FlushWanted(TaskCompletionSource Done) : IDeadLetterSuppression;

    private sealed record Executed(ImapResult? Result, Exception? Error) : IDeadLetterSuppression;
}
