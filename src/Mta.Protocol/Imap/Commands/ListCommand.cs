namespace Mta.Protocol.Imap.Commands;

/// <summary>LIST, plain and extended (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 8440, RFC 9590).</summary>
/// <param name="Patterns">With the wildcards * and %; one at least. The empty one asks for the hierarchy's delimiter.</param>
/// <param name="IsExtended">Written with selection options, patterns in parentheses or RETURN: the empty pattern is nothing special then (RFC 5258 §3).</param>
/// <param name="Status">Items to return, with <see cref="ImapListReturn.Status"/>.</param>
/// <param name="Metadata">Entries to return, with <see cref="ImapListReturn.Metadata"/>.</param>
public sealed record ListCommand(string Tag, string Reference, IReadOnlyList<string> Patterns, bool IsExtended, ImapListSelect Select, ImapListReturn Return,
    ImapStatusItems Status, IReadOnlyList<string> Metadata) : ImapCommand(Tag, ImapVerb.List);

/// <summary>Which mailboxes are meant (RFC 5258 §3.1).</summary>
[Flags]
public enum ImapListSelect : byte
{
    None = 0,
    Subscribed = 1,
    Remote = 2,

    /// <summary>Also those with children that match; never without another one that is not REMOTE.</summary>
    RecursiveMatch = 4,
    SpecialUse = 8,
}

/// <summary>What is to be said of each (RFC 5258 §3.2).</summary>
[Flags]
public enum ImapListReturn : byte
{
    None = 0,
    Subscribed = 1,
    Children = 2,
    SpecialUse = 4,
    Status = 8,
    MyRights = 16,
    Metadata = 32,
}
