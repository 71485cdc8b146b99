namespace Mta.Protocol.Mime;

/// <summary>
/// The search keys BODY and TEXT (RFC 9051 §6.4.4): is the needle in the decoded text parts of a message, or also in its header and those of its parts? Reads the
/// message in pieces, in bounded memory, and only those octets that can matter. One search, many messages: <see cref="Begin"/> each.
/// </summary>
public sealed class SearchText
{
    private readonly SearchNeedle _needle;
    private readonly NeedleWindow _window;
    private readonly TextWalk _walk;

    /// <param name="needle">What is searched for.</param>
    /// <param name="headers">Headers count too: TEXT, not BODY.</param>
    public SearchText(SearchNeedle needle, bool headers)
    {
        (_needle, _window) = (needle, new(needle));
        _walk = new(_window, headers);
    }

    /// <summary>Starts with the next message.</summary>
    public void Begin(MessageIndex index) => _walk.Begin(index);

    /// <summary>The octets that are wanted next, all or the first of them; of length 0 when the answer is known.</summary>
    public MimeRange Wanted => IsFound ? default : _walk.Wanted;

    /// <summary>The needle was found.</summary>
    public bool IsFound => _window.IsOver || _needle.Text.Length == 0;

    /// <summary>The first octets of <see cref="Wanted"/>; not more.</summary>
    public void Add(ReadOnlySpan<byte> octets) => _walk.Add(octets);

    /// <summary>A message that is at hand as a whole.</summary>
    public bool IsIn(MessageIndex index, ReadOnlySpan<byte> message)
    {
        Begin(index);
        for (var wanted = Wanted; wanted.Length > 0; wanted = Wanted) Add(message.Slice((int)wanted.Offset, (int)wanted.Length));
        return IsFound;
    }
}
