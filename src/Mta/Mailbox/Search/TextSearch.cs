using Mta.Mailbox.Store;
using Mta.Protocol.Mime;

namespace Mta.Mailbox.Search;

/// <summary>What the full-text index knows of one mailbox, for one search. It never says that a message has a text, only that it has not.</summary>
public sealed class TextSearch : IDisposable
{
    private readonly TextIndexFile _file;
    private readonly Action _discard;

    /// <param name="discard">The index cannot be read.</param>
    internal TextSearch(TextIndexFile file, uint lastUid, Action discard) => (_file, LastUid, _discard) = (file, lastUid, discard);

    /// <summary>The messages up to it are in the index.</summary>
    public uint LastUid { get; }

    /// <summary>The messages that need not be looked at for a needle; null where that cannot be said: it has less than three characters, or the index is damaged.</summary>
    public Func<MessageInfo, bool>? Without(SearchNeedle needle)
    {
        if (needle.Trigrams() is not { Count: > 0 } trigrams) return null;
        try
        {
            var found = _file.Find(trigrams);
            return message => message.Uid <= LastUid && !found.Contains(message.EmailId);
        }
        catch (Exception e) when (MailboxDatabase.IsOurs(e))
        {
            _discard();
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
