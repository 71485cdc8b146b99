using Akka.Actor;

namespace Mta.Queue;

/// <summary>What waits, by domain and age. Who asks each second does not make a large partition count itself each second.</summary>
public sealed partial class QueueActor
{
    /// <summary>An answer stands so many times as long as it took: all partitions together then take some hundredths of the processors for it.</summary>
    private const int SurveyRest = 50;

    private static readonly TimeSpan SurveyKept = TimeSpan.FromMinutes(1);
    private QueueWalk.Survey? _surveying;
    private QueueProtocol.Surveyed? _surveyed;
    private long _surveyBegan, _surveyEnded;

    private void OnSurvey(QueueProtocol.Survey question)
    {
        if (question.Domain is { } domain)
        {
            GoOn(new QueueWalk.Survey(domain, Now, Sender, _state.Messages.LastArrival));
            return;
        }
        if (_surveying is not null)
        {
            _surveying.Others.Add(Sender);
            return;
        }
        if (_surveyed is not null && _context.Clock.GetElapsedTime(_surveyEnded) < SurveyRest * _context.Clock.GetElapsedTime(_surveyBegan, _surveyEnded))
        {
            Sender.Tell(_surveyed);
            return;
        }
        _surveyBegan = _context.Clock.GetTimestamp();
        _surveying = new(null, Now, Sender, _state.Messages.LastArrival);
        GoOn(_surveying);
    }

    private void Answer(QueueWalk.Survey walk)
    {
        var answer = walk.Answer;
        walk.Asker.Tell(answer);
        foreach (var other in walk.Others) other.Tell(answer);
        if (walk != _surveying) return;
        (_surveying, _surveyed, _surveyEnded) = (null, answer, _context.Clock.GetTimestamp());
    }

    private void ForgetSurvey()
    {
        if (_surveyed is not null && _context.Clock.GetElapsedTime(_surveyEnded) > SurveyKept) _surveyed = null;
    }
}
