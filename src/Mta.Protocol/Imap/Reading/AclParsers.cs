using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

/// <summary>RFC 4314 §7.</summary>
internal static class AclParsers
{
    public static ImapCommand GetAcl(ref ImapParser parser, ImapCommandHead head) => new GetAclCommand(head.Tag, Mailbox(ref parser));

    public static ImapCommand MyRights(ref ImapParser parser, ImapCommandHead head) => new MyRightsCommand(head.Tag, Mailbox(ref parser));

    public static ImapCommand DeleteAcl(ref ImapParser parser, ImapCommandHead head) => new DeleteAclCommand(head.Tag, Mailbox(ref parser), Identifier(ref parser));

    public static ImapCommand ListRights(ref ImapParser parser, ImapCommandHead head) => new ListRightsCommand(head.Tag, Mailbox(ref parser), Identifier(ref parser));

    public static ImapCommand SetAcl(ref ImapParser parser, ImapCommandHead head)
    {
        string mailbox = Mailbox(ref parser), identifier = Identifier(ref parser);
        parser.Space();
        string rights = parser.AString();
        var change = rights.StartsWith('+') ? ImapRightsChange.Add : rights.StartsWith('-') ? ImapRightsChange.Remove : ImapRightsChange.Replace;
        if (change != ImapRightsChange.Replace) rights = rights[1..];
        // RFC 4314 §3.1: upper case is refused
        foreach (char right in rights)
            if (!char.IsAsciiLetterLower(right) && !char.IsAsciiDigit(right)) parser.Fail("a right is a lower-case letter or a digit");
        return new SetAclCommand(head.Tag, mailbox, identifier, change, string.Concat(rights.Distinct()));
    }

    private static string Mailbox(ref ImapParser parser)
    {
        parser.Space();
        return parser.Mailbox();
    }

    private static string Identifier(ref ImapParser parser)
    {
        parser.Space();
        return parser.AString();
    }
}
