using Akka.Event;

namespace Mta.Actors;

/// <summary>How children that have nothing to do leave without losing what is on its way to them; see <see cref="Children{TKey}"/>.</summary>
internal static class PassivationProtocol
{
    /// <summary>From a child: I have nothing to do.</summary>
    public sealed record Passivate : IDeadLetterSuppression
    {
        public static Passivate Instance { get; } = new();
    }

    /// <summary>To the child, behind all that was sent before: stop if that is still so, otherwise say <see cref="StillUsed"/>.</summary>
    public sealed record StopIfUnused : IDeadLetterSuppression
    {
        public static StopIfUnused Instance { get; } = new();
    }

    public sealed record StillUsed : IDeadLetterSuppression
    {
        public static StillUsed Instance { get; } = new();
    }
}
