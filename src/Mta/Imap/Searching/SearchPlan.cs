using System.Text;
using Mta.Mailbox;
using Mta.Mailbox.Search;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Mime;

namespace Mta.Imap.Searching;

/// <summary>A search key made ready: which UIDs come into question at all, and how each message is judged, cheap questions first, without its content where that will do.</summary>
internal sealed class SearchPlan
{
    private readonly SelectedMailbox _selected;
    private readonly DateTimeOffset _now;
    private readonly TextSearch? _texts;

    private SearchPlan(SelectedMailbox selected, TextSearch? texts, DateTimeOffset now) => (_selected, _texts, _now) = (selected, texts, now);

    /// <summary>Null where a message number is named that there is not.</summary>
    /// <param name="texts">The full-text index, where there is one.</param>
    public static SearchPlan? Of(ImapSearchKey key, SelectedMailbox selected, TextSearch? texts, DateTimeOffset now)
    {
        var plan = new SearchPlan(selected, texts, now);
        plan.Judge = plan.Build(key);
        return plan.HasBadNumber ? null : plan;
    }

    /// <summary>Whether a message matches; null where that cannot be said without its content.</summary>
    public Func<Candidate, bool?> Judge { get; private set; } = _ => true;

    /// <summary>The content is not enough without the text.</summary>
    public bool NeedsText { get; private set; }

    /// <summary>A mod-sequence was asked for (RFC 7162 §3.1.5).</summary>
    public bool HasModSeq { get; private set; }

    private bool HasBadNumber { get; set; }

    private Func<Candidate, bool?> Build(ImapSearchKey key)
    {
        switch (key)
        {
            case ImapSearchKey.And and:
                return All([.. and.Keys.OrderBy(Cost).Select(Build)]);
            case ImapSearchKey.Or or:
                var (left, right) = (Build(or.Left), Build(or.Right));
                return c =>
                {
                    bool? one = left(c);
                    return one == true ? one : one | right(c);
                };
            case ImapSearchKey.Not not:
                var inner = Build(not.Key);
                return c => !inner(c);
            case ImapSearchKey.Flag { Which: ImapSystemFlags.Recent } recent:
                return _ => !recent.IsSet; // nothing is \Recent
            case ImapSearchKey.Flag flag:
                return HasFlag(FlagNames.FromImap(flag.Which), flag.IsSet);
            case ImapSearchKey.Keyword keyword:
                return HasFlag(_selected.Keywords.Find(keyword.Name), keyword.IsSet);
            case ImapSearchKey.Numbers numbers:
                return In(_selected.Find(numbers.Set, uid: false));
            case ImapSearchKey.Uids uids:
                return In(_selected.Find(uids.Set, uid: true));
            case ImapSearchKey.Size size:
                return size.IsLarger ? c => c.Message.Size > size.Octets : c => c.Message.Size < size.Octets;
            case ImapSearchKey.Within within:
                var limit = _now - TimeSpan.FromSeconds(within.Seconds);
                return within.IsOlder ? c => c.Message.ReceivedAt <= limit : c => c.Message.ReceivedAt >= limit;
            case ImapSearchKey.Modified modified:
                HasModSeq = true;
                return c => (ulong)c.Message.ModSeq >= modified.ModSeq;
            case ImapSearchKey.Date date:
                return On(date);
            case ImapSearchKey.EmailId email:
                long emailId = ObjectIds.Parse(email.Id, 'M');
                return c => c.Message.EmailId == emailId;
            case ImapSearchKey.ThreadId thread:
                long threadId = ObjectIds.Parse(thread.Id, 'T');
                return c => c.Message.ThreadId == threadId;
            case ImapSearchKey.Header header:
                var (name, field, wanted) = (Encoding.ASCII.GetBytes(header.Name), HeaderTexts.IndexOf(header.Name), new SearchNeedle(header.Value));
                return Text(wanted, c => c.HasHeader(name, field, wanted));
            case ImapSearchKey.Body body:
                var inBody = new SearchNeedle(body.Value);
                return Text(inBody, c => c.HasText(inBody, headers: false));
            case ImapSearchKey.Text text:
                var anywhere = new SearchNeedle(text.Value);
                return Text(anywhere, c => c.HasText(anywhere, headers: true));
            default: // ALL, SAVEDATESUPPORTED
                return _ => true;
        }
    }

    /// <summary>A key about texts: the index says which messages need not be looked at.</summary>
    private Func<Candidate, bool?> Text(SearchNeedle needle, Func<Candidate, bool?> key)
    {
        NeedsText = true;
        return _texts?.Without(needle) is { } isWithout ? c => isWithout(c.Message) ? false : key(c) : key;
    }

    private static Func<Candidate, bool?> All(Func<Candidate, bool?>[] keys) => c =>
    {
        bool? all = true;
        for (int i = 0; i < keys.Length && all != false; i++) all &= keys[i](c);
        return all;
    };

    private static Func<Candidate, bool?> HasFlag(MailFlags flag, bool isSet) => c => (c.Message.Flags & flag) != 0 == isSet;

    private Func<Candidate, bool?> In(IReadOnlyList<UidRun>? runs)
    {
        HasBadNumber |= runs is null;
        if (runs is null) return _ => false;
        var view = new UidView(runs);
        return c => view.SequenceOf(c.Message.Uid) > 0;
    }

    private Func<Candidate, bool?> On(ImapSearchKey.Date date)
    {
        if (date.Which == ImapSearchDate.Sent)
        {
            return c => c.Content is { } content ? content.Index.SentDate is { } sent && Is(sent) : null;
        }
        return date.Which == ImapSearchDate.Saved ? c => Is(c.Message.SavedAt) : c => Is(c.Message.ReceivedAt);

        // RFC 9051 §6.4.4: without regard to time and zone
        bool Is(DateTimeOffset time)
        {
            var day = DateOnly.FromDateTime(time.DateTime);
            return date.Relation switch { ImapDateRelation.Before => day < date.Day, ImapDateRelation.Since => day >= date.Day, _ => day == date.Day };
        }
    }

    private static int Cost(ImapSearchKey key) => key switch
    {
        ImapSearchKey.And and => and.Keys.Max(Cost),
        ImapSearchKey.Or or => Math.Max(Cost(or.Left), Cost(or.Right)),
        ImapSearchKey.Not not => Cost(not.Key),
        ImapSearchKey.Body or ImapSearchKey.Text => 3,
        ImapSearchKey.Header => 2,
        ImapSearchKey.Date { Which: ImapSearchDate.Sent } => 1,
        _ => 0,
    };
}
