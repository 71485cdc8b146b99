using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>
/// All of a message that a search key about texts can look at (<see cref="SearchText"/>, <see cref="SearchHeader"/>), for an index of it: whatever such a key finds
/// in the message is in this text, in the letters of <see cref="SearchNeedle.Fold"/>. One after the other: <see cref="Begin"/> each.
/// </summary>
public sealed class SearchableText
{
    /// <summary>Characters of a text: what is longer is left to those who read the message.</summary>
    public const int Most = 256 * 1024;

    private readonly KeepingWindow _window = new(Most);
    private readonly TextWalk _walk;

    public SearchableText() => _walk = new(_window, headers: true);

    public void Begin(MessageIndex index)
    {
        _window.Text.Clear();
        _walk.Begin(index);
    }

    /// <summary>What is looked at of the header by those who search in it, or in its fields by their names.</summary>
    /// <param name="trace">The fields that stand before the message.</param>
    /// <param name="header">All of it, those among them.</param>
    public void AddHeader(ReadOnlySpan<byte> trace, ReadOnlySpan<byte> header)
    {
        // TEXT looks at them as they stand
        _window.Add(Encoding.UTF8.GetString(trace));
        var fields = new HeaderFields(header);
        while (fields.Next() && !_window.IsOver)
        {
            _window.Add(SearchHeader.TextOf(fields));
            _window.Add("\n");
        }
    }

    /// <summary>The octets that are wanted next, all or the first of them; of length 0 when there is no more.</summary>
    public MimeRange Wanted => _walk.Wanted;

    /// <summary>The first octets of <see cref="Wanted"/>; not more.</summary>
    public void Add(ReadOnlySpan<byte> octets) => _walk.Add(octets);

    /// <summary>The text; null where it is longer than <see cref="Most"/>.</summary>
    public string? End()
    {
        _window.Break();
        return _window.IsOver ? null : SearchNeedle.Fold(_window.Text.ToString());
    }
}
