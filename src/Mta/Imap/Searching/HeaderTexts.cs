using BitFaster.Caching.Lru;

namespace Mta.Imap.Searching;

/// <summary>
/// The fields that people search by, decoded, of the messages that were searched last: a search that follows reads them no more. What a body holds never
/// changes. Safe from any thread.
/// </summary>
internal sealed class HeaderTexts
{
    /// <summary>With <see cref="MostCharacters"/> and what an entry takes beside: 15 MiB of common mail, 70 at most.</summary>
    private const int Capacity = 65536;

    /// <summary>What is longer is rare, and read anew.</summary>
    private const int MostCharacters = 512;

    private static readonly string[] Fields = ["Subject", "From", "To", "Cc", "Bcc"];

    private readonly ConcurrentLru<(long BodyId, int Field), string?> _texts = new(Capacity);

    /// <summary>Under which a field is kept; -1 where it is not.</summary>
    public static int IndexOf(string field) => Array.FindIndex(Fields, f => f.Equals(field, StringComparison.OrdinalIgnoreCase));

    /// <summary>False where it is not at hand; null for a message that has no such field.</summary>
    public bool TryGet(long bodyId, int field, out string? text) => _texts.TryGet((bodyId, field), out text);

    public void Keep(long bodyId, int field, string? text)
    {
        if (field >= 0 && (text is null || text.Length <= MostCharacters)) _texts.AddOrUpdate((bodyId, field), text);
    }
}
