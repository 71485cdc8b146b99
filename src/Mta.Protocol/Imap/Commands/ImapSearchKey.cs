namespace Mta.Protocol.Imap.Commands;

/// <summary>What a message is searched for (RFC 9051 §6.4.4). Keys that are others in short (UNSEEN, NEW, SUBJECT, …) are written as those.</summary>
public abstract record ImapSearchKey
{
    private ImapSearchKey() { }

    public sealed record All : ImapSearchKey
    {
        public static All Instance { get; } = new();
    }

    /// <summary>All of them; two at least.</summary>
    public sealed record And(IReadOnlyList<ImapSearchKey> Keys) : ImapSearchKey;

    public sealed record Or(ImapSearchKey Left, ImapSearchKey Right) : ImapSearchKey;

    public sealed record Not(ImapSearchKey Key) : ImapSearchKey;

    /// <summary>One flag; NEW is <c>And(\Recent, not \Seen)</c>, OLD is not \Recent.</summary>
    public sealed record Flag(ImapSystemFlags Which, bool IsSet) : ImapSearchKey;

    public sealed record Keyword(string Name, bool IsSet) : ImapSearchKey;

    /// <summary>Message numbers, or "$".</summary>
    public sealed record Numbers(ImapSet Set) : ImapSearchKey;

    public sealed record Uids(ImapSet Set) : ImapSearchKey;

    /// <summary>A header field holds the text (BCC, CC, FROM, SUBJECT, TO, HEADER); the empty text: there is such a field.</summary>
    public sealed record Header(string Name, string Value) : ImapSearchKey;

    public sealed record Body(string Value) : ImapSearchKey;

    /// <summary>Header or body.</summary>
    public sealed record Text(string Value) : ImapSearchKey;

    /// <summary>A day, of the date that is meant as it is written, without regard to its zone.</summary>
    public sealed record Date(ImapSearchDate Which, ImapDateRelation Relation, DateOnly Day) : ImapSearchKey;

    /// <summary>LARGER and SMALLER, both without the size itself.</summary>
    public sealed record Size(bool IsLarger, long Octets) : ImapSearchKey;

    /// <summary>OLDER and YOUNGER, by the internal date (RFC 5032).</summary>
    public sealed record Within(bool IsOlder, uint Seconds) : ImapSearchKey;

    /// <summary>MODSEQ: this or greater (RFC 7162 §3.1.5). A flag that is named beside it may be left out of account.</summary>
    public sealed record Modified(ulong ModSeq) : ImapSearchKey;

    /// <summary>RFC 8514 §4.3: the mailbox keeps the save date.</summary>
    public sealed record SaveDateSupported : ImapSearchKey
    {
        public static SaveDateSupported Instance { get; } = new();
    }

    /// <summary>RFC 8474 §6.</summary>
    public sealed record EmailId(string Id) : ImapSearchKey;

    public sealed record ThreadId(string Id) : ImapSearchKey;
}

/// <summary>Internal date (BEFORE, …), Date field (SENTBEFORE, …), or save date (SAVEDBEFORE, …; RFC 8514).</summary>
public enum ImapSearchDate : byte { Internal, Sent, Saved }

/// <summary>Before the day, on it, or on it and after.</summary>
public enum ImapDateRelation : byte { Before, On, Since }
