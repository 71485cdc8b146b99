using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

/// <summary>RFC 9208 §7.</summary>
internal static class QuotaParsers
{
    public static ImapCommand GetQuota(ref ImapParser parser, ImapCommandHead head)
    {
        parser.Space();
        return new GetQuotaCommand(head.Tag, parser.AString());
    }

    public static ImapCommand GetQuotaRoot(ref ImapParser parser, ImapCommandHead head)
    {
        parser.Space();
        return new GetQuotaRootCommand(head.Tag, parser.Mailbox());
    }

    public static ImapCommand SetQuota(ref ImapParser parser, ImapCommandHead head)
    {
        parser.Space();
        string root = parser.AString();
        parser.Space();
        parser.Take('(');
        var limits = new Dictionary<string, long>();
        if (!parser.TryTake(')'))
        {
            do
            {
                string resource = parser.Word();
                parser.Space();
                if (!limits.TryAdd(resource, parser.Number64())) parser.Fail("a resource is named twice");
            }
            while (parser.TryTake(' '));
            parser.Take(')');
        }
        return new SetQuotaCommand(head.Tag, root, [.. limits]);
    }
}
