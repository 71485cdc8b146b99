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
        Summaries = [.. items.OfType<ImapFetchItem.Attribute>().Select(i => i.Which).Where(IsSummary)];
        TellsFlags = items.Any(i => i is ImapFetchItem.Attribute { Which: ImapFetchAttribute.Flags });
        TellsModSeq = condStore && items.Any(i => i is ImapFetchItem.Attribute { Which: ImapFetchAttribute.ModSeq });
        MarksSeen = items.Any(Marks);
        NeedsText = items.Any(i => i is not ImapFetchItem.Attribute { Which: var which } || !(IsSummary(which) || IsOfRow(which)));

        void Ensure(ImapFetchAttribute attribute, bool first = false)
        {
            if (items.Any(i => i is ImapFetchItem.Attribute a && a.Which == attribute)) return;
            items.Insert(first ? 0 : items.Count, new ImapFetchItem.Attribute(attribute));
        }
    }

    public IReadOnlyList<ImapFetchItem> Items { get; }

    /// <summary>Those that are made from the index of a message.</summary>
    public IReadOnlyList<ImapFetchAttribute> Summaries { get; }

    public bool TellsFlags { get; }
    public bool TellsModSeq { get; }

    /// <summary>It sets \Seen.</summary>
    public bool MarksSeen { get; }

    /// <summary>The text of the messages is told, not only what was noted of it.</summary>
    public bool NeedsText { get; }

    private static bool Marks(ImapFetchItem item) => item is ImapFetchItem.Body { IsPeek: false } or ImapFetchItem.Binary { IsPeek: false }
        or ImapFetchItem.Attribute { Which: ImapFetchAttribute.Rfc822 or ImapFetchAttribute.Rfc822Text };

    private static bool IsSummary(ImapFetchAttribute which) => which is ImapFetchAttribute.Envelope or ImapFetchAttribute.Body or ImapFetchAttribute.BodyStructure;

    private static bool IsOfRow(ImapFetchAttribute which) => which is ImapFetchAttribute.Flags or ImapFetchAttribute.InternalDate or ImapFetchAttribute.Size
        or ImapFetchAttribute.Uid or ImapFetchAttribute.ModSeq or ImapFetchAttribute.EmailId or ImapFetchAttribute.ThreadId or ImapFetchAttribute.SaveDate;
}
