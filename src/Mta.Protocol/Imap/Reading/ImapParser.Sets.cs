namespace Mta.Protocol.Imap.Reading;

internal ref partial struct ImapParser
{
    /// <summary>A sequence set (RFC 9051 §9), or "$" (RFC 5182).</summary>
    public ImapSet Set()
    {
        if (TryTake('$')) return ImapSet.Saved;
        var ranges = new List<ImapRange>();
        do
        {
            uint first = SetNumber();
            ranges.Add(new(first, TryTake(':') ? SetNumber() : first));
        }
        while (TryTake(','));
        return new(ranges);
    }

    /// <summary>A set without "*" and "$" (RFC 7162 §7, known-uids).</summary>
    public ImapSet KnownSet()
    {
        if (Next == '$') Fail("$ is no set here");
        var set = Set();
        if (set.HasStar) Fail("* is no number here");
        return set;
    }

    /// <summary>A number, or 0 for "*".</summary>
    public uint SetNumber() => TryTake('*') ? ImapRange.Star : NonZero();

    /// <summary>RFC 9394 §4, partial-range: both ends from the start, or both from the end.</summary>
    public ImapPartial Partial()
    {
        bool fromEnd = TryTake('-');
        uint first = NonZero();
        Take(':');
        if (fromEnd) Take('-');
        uint last = NonZero();
        return first <= last ? new(first, last, fromEnd) : new(last, first, fromEnd);
    }
}
