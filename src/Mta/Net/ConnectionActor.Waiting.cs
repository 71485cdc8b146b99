using Akka.Actor;
using Akka.Event;

namespace Mta.Net;

// Questions to others. While one is open nothing is read, and the time is ours, not the client's.
internal abstract partial class ConnectionActor
{
    /// <summary>The answer to a question, or its failure.</summary>
    /// <param name="Continue">See <see cref="Ask"/>.</param>
    private sealed record Answered(Func<bool> Continue) : IDeadLetterSuppression;

    private CancellationTokenSource? _questions; // of those that ask: a relay's clients never do

    /// <summary>
    /// Asks, and goes on with the answer: at once where it is at hand, else when it comes. <paramref name="answered"/> and <paramref name="failed"/> say whether
    /// the session can go on; this, that it can now.
    /// </summary>
    protected bool Ask<T>(Func<CancellationToken, ValueTask<T>> question, Func<T, bool> answered, Func<bool> failed)
    {
        ValueTask<T> answer;
        try
        {
            answer = question((_questions ??= new()).Token);
            if (answer.IsCompletedSuccessfully) return answered(answer.Result);
        }
        catch (Exception e)
        {
            return Failed(e);
        }
        Become(Waiting);
        answer.AsTask().WaitAsync(terms.Answer, terms.Clock)
            .PipeTo(Self, ActorRefs.NoSender, success: result => new Answered(() => answered(result)), failure: e => new Answered(() => Failed(e)));
        return false;

        bool Failed(Exception e)
        {
            ConnectionLog.NoAnswer(terms.Log, Client, e.GetBaseException().Message);
            // what did not come in time need not come any more
            DropQuestions();
            return failed();
        }
    }

    private void DropQuestions()
    {
        _questions?.Cancel();
        _questions?.Dispose();
        _questions = null;
    }

    private void Waiting(object message)
    {
        switch (message)
        {
            case Answered answered:
                Become(Talking);
                if (answered.Continue()) Step();
                break;
            case Tick: IsDue(); break;
            case ListenerProtocol.Drain drain: BeginDrain(drain.Grace); break;
            case ListenerProtocol.Hurry: break; // it is we who let it wait
            case NetProtocol.Broken or NetProtocol.Received: Common(message); break;
            default: Unhandled(message); break;
        }
    }
}
