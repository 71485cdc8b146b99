namespace Mta.Protocol.Imap.Commands;

/// <summary>SEARCH (RFC 9051 §6.4.4).</summary>
/// <param name="Return">What the client asks for, or null for the untagged SEARCH of RFC 3501.</param>
/// <param name="Key">All keys that were given, as one.</param>
public sealed record SearchCommand(string Tag, bool Uid, ImapSearchReturn? Return, ImapSearchKey Key) : ImapCommand(Tag, ImapVerb.Search);

/// <summary>SORT (RFC 5256), with RETURN as in ESORT (RFC 5267).</summary>
/// <param name="Order">First criterion first; one at least.</param>
public sealed record SortCommand(string Tag, bool Uid, ImapSearchReturn? Return, IReadOnlyList<ImapSortKey> Order, ImapSearchKey Key) : ImapCommand(Tag, ImapVerb.Sort);

/// <summary>THREAD (RFC 5256).</summary>
public sealed record ThreadCommand(string Tag, bool Uid, ImapThreadAlgorithm Algorithm, ImapSearchKey Key) : ImapCommand(Tag, ImapVerb.Thread);

/// <summary>RETURN of a search (RFC 9051 §6.4.4, RFC 9394 §3.1).</summary>
/// <param name="Options">ALL where the list was empty.</param>
/// <param name="Partial">The results to return, with <see cref="ImapSearchOptions.Partial"/>; never together with ALL.</param>
public sealed record ImapSearchReturn(ImapSearchOptions Options, ImapPartial? Partial);

[Flags]
public enum ImapSearchOptions : byte
{
    None = 0,
    Min = 1,
    Max = 2,
    All = 4,
    Count = 8,

    /// <summary>Keep the result for "$" (RFC 5182).</summary>
    Save = 16,
    Partial = 32,
}

/// <summary>A criterion of SORT.</summary>
public readonly record struct ImapSortKey(ImapSortField Field, bool IsReverse);

/// <summary>RFC 5256 §3, RFC 5957.</summary>
public enum ImapSortField : byte { Arrival, Cc, Date, From, Size, Subject, To, DisplayFrom, DisplayTo }

/// <summary>RFC 5256 §3.</summary>
public enum ImapThreadAlgorithm : byte { OrderedSubject, References }
