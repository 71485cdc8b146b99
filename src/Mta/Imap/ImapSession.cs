using Mta.Accounts;
using Mta.Imap.Notifying;
using Mta.Imap.Sharing;
using Mta.Protocol.Imap;

namespace Mta.Imap;

/// <summary>What a session has come to: who the client is, what it has enabled, which mailbox is selected. Of one thread at a time.</summary>
internal sealed class ImapSession
{
    /// <summary>Null until the client has signed in.</summary>
    public Account? Account { get; set; }

    public SelectedMailbox? Selected { get; set; }

    /// <summary>The other accounts of which it is told what happens, and their addresses.</summary>
    public Dictionary<long, string> Watched { get; } = [];

    /// <summary>ENABLE METADATA: what others note is told (RFC 5464 §4.1).</summary>
    public bool KnowsMetadata { get; set; }

    /// <summary>What the client wants to be told (RFC 5465 §3.1); null as long as it has not said.</summary>
    public NotifyPlan? Notify { get; set; }

    /// <inheritdoc cref="MetadataNews"/>
    public MetadataNews Metadata { get; } = new();

    /// <summary>ENABLE IMAP4rev2 (RFC 9051 §6.3.1).</summary>
    public bool IsRev2 { get; set; }

    /// <summary>ENABLE UTF8=ACCEPT (RFC 6855 §3).</summary>
    public bool AcceptsUtf8 { get; set; }

    /// <summary>Mailbox names and quoted strings are UTF-8.</summary>
    public bool Utf8 => IsRev2 || AcceptsUtf8;

    /// <summary>The client has shown that it knows mod-sequences (RFC 7162 §3.1).</summary>
    public bool CondStore { get; set; }

    /// <summary>ENABLE QRESYNC: expunged messages are told as VANISHED (RFC 7162 §3.2.10).</summary>
    public bool QResync { get; set; }

    public ImapStates State => Account is null ? ImapStates.NotAuthenticated : Selected is null ? ImapStates.Authenticated : ImapStates.Selected;
}
