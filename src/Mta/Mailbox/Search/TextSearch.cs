using Mta.Protocol.Mime;

namespace Mta.Mailbox.Search;

/// <summary>What the full-text index knows of one mailbox, for one search. It never says that a message has a text, only that it has not.</summary>
public sealed class TextSearch : IDisposable
{
    private readonly TextIndexFile _file;

    internal TextSearch(TextIndexFile file, uint lastUid) => (_file, LastUid) = (file, lastUid);

    /// <summary>The messages up to it are in the index.</summary>
    public uint LastUid { get; }

    /// <summary>The messages that need not be looked at for a needle; null where that cannot be said: it has less than three characters.</summary>
    public Func<MessageInfo, bool>? Without(SearchNeedle needle)
    {
        if (needle.Trigrams() is not { Count: > 0 } trigrams) return null;
        var found = _file.Find(trigrams);
        return message => message.Uid <= LastUid && !found.Contains(message.EmailId);
    }

    public void Dispose() => _file.Dispose();
}
