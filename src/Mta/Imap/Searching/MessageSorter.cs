using System.Text;
using ADRaffy.ENSNormalize;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Searching;

/// <summary>Sorts messages (RFC 5256 §3, RFC 5957). Texts compare as i;unicode-casemap does: without regard to case.</summary>
internal sealed class MessageSorter(IReadOnlyList<ImapSortKey> order)
{
    public bool NeedsContent => order.Any(key => key.Field is not (ImapSortField.Arrival or ImapSortField.Size));

    public Item KeyOf(Candidate candidate) => new(new(candidate.Message.Uid, candidate.Message.ModSeq), [.. order.Select(key => Key(key.Field, candidate))]);

    /// <summary>What is equal by all keys stays in order of the UIDs.</summary>
    public IEnumerable<Hit> Sort(List<Item> items)
    {
        items.Sort(Compare);
        return items.Select(item => item.Hit);
    }

    private int Compare(Item one, Item other)
    {
        for (int i = 0; i < order.Count; i++)
        {
            int difference = one.Keys[i] is string text ? string.CompareOrdinal(text, (string)other.Keys[i]) : ((long)one.Keys[i]).CompareTo((long)other.Keys[i]);
            if (difference != 0) return order[i].IsReverse ? -difference : difference;
        }
        return one.Hit.Uid.CompareTo(other.Hit.Uid);
    }

    private static IComparable Key(ImapSortField field, Candidate candidate) => field switch
    {
        ImapSortField.Arrival => candidate.Message.ReceivedAt.UtcTicks,
        ImapSortField.Size => candidate.Message.Size,
        // RFC 5256 §2.2: without a date that can be read, when it arrived
        ImapSortField.Date => (candidate.Content!.Index.SentDate ?? candidate.Message.ReceivedAt).UtcTicks,
        ImapSortField.Subject => Fold(candidate.Content!.Index.BaseSubject),
        ImapSortField.From => Fold(candidate.Content!.Index.SortFrom),
        ImapSortField.To => Fold(candidate.Content!.Index.SortTo),
        ImapSortField.Cc => Fold(candidate.Content!.Index.SortCc),
        ImapSortField.DisplayFrom => Fold(candidate.Content!.Index.DisplayFrom),
        _ => Fold(candidate.Content!.Index.DisplayTo),
    };

    /// <summary>RFC 5051 §2: in one case, and decomposed, so that an umlaut stands beside its letter. Of compatibility characters nothing is made.</summary>
    public static string Fold(string text) => Ascii.IsValid(text) ? text.ToUpperInvariant() : ENSNormalize.NF.NFD(text.ToUpperInvariant());

    internal sealed record Item(Hit Hit, IComparable[] Keys);
}
