using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Fetching;

/// <summary>What a FETCH command asks for, and what that takes.</summary>
internal sealed class FetchPlan
{
    public FetchPlan(FetchCommand command, bool condStore)
    {
        var items = command.Items.ToList();
        // RFC 9051 §6.4.9: UID FETCH always tells the UID; RFC 7162 §3.1.4.1: CHANGEDSINCE always the mod-sequence
        if (command.Uid) Ensure(ImapFetchAttribute.Uid, first: true);
        if (command.ChangedSince is not null) Ensure(ImapFetchAttribute.ModSeq);
        Items = items;
        TellsFlags = items.Any(i => i is ImapFetchItem.Attribute { Which: ImapFetchAttribute.Flags });
        TellsModSeq = condStore && items.Any(i => i is ImapFetchItem.Attribute { Which: ImapFetchAttribute.ModSeq });
        MarksSeen = items.Any(Marks);
        NeedsContent = items.Any(Needs);
        NeedsText = items.Any(i => Needs(i) && i is not ImapFetchItem.Attribute { Which: ImapFetchAttribute.Envelope or ImapFetchAttribute.Body or ImapFetchAttribute.BodyStructure or ImapFetchAttribute.ThreadId });

        void Ensure(ImapFetchAttribute attribute, bool first = false)
        {
            if (items.Any(i => i is ImapFetchItem.Attribute a && a.Which == attribute)) return;
            items.Insert(first ? 0 : items.Count, new ImapFetchItem.Attribute(attribute));
        }
    }

    public IReadOnlyList<ImapFetchItem> Items { get; }
    public bool TellsFlags { get; }
    public bool TellsModSeq { get; }

    /// <summary>It sets \Seen.</summary>
    public bool MarksSeen { get; }

    /// <summary>The row of the message is not enough.</summary>
    public bool NeedsContent { get; }

    /// <summary>Its text is told, not only what was noted of it.</summary>
    public bool NeedsText { get; }

    private static bool Marks(ImapFetchItem item) => item is ImapFetchItem.Body { IsPeek: false } or ImapFetchItem.Binary { IsPeek: false }
        or ImapFetchItem.Attribute { Which: ImapFetchAttribute.Rfc822 or ImapFetchAttribute.Rfc822Text };

    private static bool Needs(ImapFetchItem item) => item is not ImapFetchItem.Attribute
    {
        Which:
        ImapFetchAttribute.Flags or ImapFetchAttribute.InternalDate or ImapFetchAttribute.Size or ImapFetchAttribute.Uid or ImapFetchAttribute.ModSeq
        or ImapFetchAttribute.EmailId or ImapFetchAttribute.SaveDate
    };
}
