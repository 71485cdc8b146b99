using System.Text;
using Mta.Mailbox;

namespace Mta.Imap.Sharing;

/// <summary>Rights as IMAP spells them: a letter each (RFC 4314 §2.1), with the two that stand for several (§2.1.1).</summary>
internal static class RightsText
{
    /// <summary>In the order of §2.1. No two of them are tied together.</summary>
    private static readonly (char Letter, MailboxRights Right)[] Letters =
    [
        ('l', MailboxRights.Lookup), ('r', MailboxRights.Read), ('s', MailboxRights.Seen), ('w', MailboxRights.Write), ('i', MailboxRights.Insert), ('p', MailboxRights.Post),
        ('k', MailboxRights.Create), ('x', MailboxRights.Delete), ('t', MailboxRights.DeleteMessages), ('e', MailboxRights.Expunge), ('a', MailboxRights.Administer),
    ];

    private static readonly (char Letter, MailboxRights Members)[] Obsolete =
        [('c', MailboxRights.Create | MailboxRights.Delete), ('d', MailboxRights.DeleteMessages | MailboxRights.Expunge)];

    /// <summary>Also the obsolete ones of which any member is there (§2.1.1).</summary>
    public static string Write(MailboxRights rights)
    {
        var text = new StringBuilder();
        foreach (var (letter, right) in Letters)
            if ((rights & right) != 0) text.Append(letter);
        foreach (var (letter, members) in Obsolete)
            if ((rights & members) != 0) text.Append(letter);
        return text.ToString();
    }

    /// <summary>Null where there is a letter that is no right (§3.1).</summary>
    public static MailboxRights? Read(string text)
    {
        var rights = MailboxRights.None;
        foreach (char c in text)
        {
            var right = Letters.Concat(Obsolete).FirstOrDefault(r => r.Letter == c).Item2;
            if (right == MailboxRights.None) return null;
            rights |= right;
        }
        return rights;
    }
}
