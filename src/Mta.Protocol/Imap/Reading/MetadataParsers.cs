using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

/// <summary>RFC 5464 §5.</summary>
internal static class MetadataParsers
{
    public static ImapCommand GetMetadata(ref ImapParser parser, ImapCommandHead head)
    {
        long? maxSize = null;
        var depth = ImapMetadataDepth.Zero;
        parser.Space();
        if (parser.Next == '(')
        {
            Options(ref parser, ref maxSize, ref depth);
            parser.Space();
        }
        string mailbox = parser.Mailbox(mayBeEmpty: true);
        parser.Space();
        // the examples of §4.2 had the options here before they were corrected, and there are clients that do; an entry begins with "/"
        if (parser.StartsWith("(MAXSIZE "u8) || parser.StartsWith("(DEPTH "u8))
        {
            Options(ref parser, ref maxSize, ref depth);
            parser.Space();
        }
        var entries = parser.Next == '(' ? Entries(ref parser) : [Entry(ref parser)];
        // the same clients leave the parentheses out
        while (parser.TryTake(' ')) entries.Add(Entry(ref parser));
        return new GetMetadataCommand(head.Tag, mailbox, entries, maxSize, depth);
    }

    public static ImapCommand SetMetadata(ref ImapParser parser, ImapCommandHead head)
    {
        parser.Space();
        string mailbox = parser.Mailbox(mayBeEmpty: true);
        parser.Space();
        parser.Take('(');
        var entries = new List<KeyValuePair<string, ReadOnlyMemory<byte>?>>();
        do
        {
            string entry = Entry(ref parser);
            parser.Space();
            byte[]? value = parser.NStringOctets();
            entries.Add(new(entry, value is null ? (ReadOnlyMemory<byte>?)null : value));
        }
        while (parser.TryTake(' '));
        parser.Take(')');
        return new SetMetadataCommand(head.Tag, mailbox, entries);
    }

    /// <summary>Entries in parentheses, one at least.</summary>
    public static List<string> Entries(ref ImapParser parser)
    {
        var entries = new List<string>();
        parser.Take('(');
        do entries.Add(Entry(ref parser));
        while (parser.TryTake(' '));
        parser.Take(')');
        return entries;
    }

    private static void Options(ref ImapParser parser, ref long? maxSize, ref ImapMetadataDepth depth)
    {
        parser.Take('(');
        do
        {
            if (parser.TryWord("MAXSIZE"u8))
            {
                parser.Space();
                maxSize = parser.Number64();
            }
            else if (parser.TryWord("DEPTH"u8))
            {
                parser.Space();
                depth = Depth(ref parser);
            }
            else parser.Fail("no such option");
        }
        while (parser.TryTake(' '));
        parser.Take(')');
    }

    private static ImapMetadataDepth Depth(ref ImapParser parser)
    {
        if (parser.TryWord("0"u8)) return ImapMetadataDepth.Zero;
        if (parser.TryWord("1"u8)) return ImapMetadataDepth.One;
        if (!parser.TryWord("infinity"u8)) parser.Fail("a depth is 0, 1 or infinity");
        return ImapMetadataDepth.Infinity;
    }

    /// <summary>RFC 5464 §3.2: names in a tree, US-ASCII without wildcards, below /private or /shared.</summary>
    private static string Entry(ref ImapParser parser)
    {
        string entry = parser.AString().ToLowerInvariant();
        bool isRooted = entry is "/private" or "/shared" || entry.StartsWith("/private/", StringComparison.Ordinal) || entry.StartsWith("/shared/", StringComparison.Ordinal);
        if (!isRooted) parser.Fail("an entry is below /private or /shared");
        else if (entry.EndsWith('/') || entry.Contains("//", StringComparison.Ordinal) || entry.AsSpan().ContainsAny('*', '%') || entry.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            parser.Fail("the name of an entry is malformed");
        return entry;
    }
}
