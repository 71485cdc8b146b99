namespace Mta.Protocol.Mime;

/// <summary>What is searched for: a substring without regard to case. Made once for a search, used for all its messages, by many threads if need be.</summary>
public sealed class SearchNeedle(string text)
{
    public string Text { get; } = text;

    /// <summary>The empty string is in every text (RFC 9051 §6.4.4).</summary>
    public bool IsIn(ReadOnlySpan<char> text) => throw new NotImplementedException();
}
