using System.Text;

namespace Mta.Protocol.Imap.Reading;

internal ref partial struct ImapParser
{
    /// <summary>Flags in parentheses; none between them is right too.</summary>
    public ImapFlags FlagList()
    {
        Take('(');
        if (TryTake(')')) return ImapFlags.None;
        var flags = Flags();
        Take(')');
        return flags;
    }

    /// <summary>One flag or more.</summary>
    public ImapFlags Flags()
    {
        var system = ImapSystemFlags.None;
        // a set: there may be thousands
        HashSet<string>? keywords = null;
        do
        {
            if (TryTake('\\')) system |= SystemFlag();
            else (keywords ??= new(StringComparer.OrdinalIgnoreCase)).Add(Keyword());
        }
        while (TryTake(' '));
        return new(system, keywords is null ? [] : [.. keywords]);
    }

    /// <summary>An atom that is not too long.</summary>
    public string Keyword()
    {
        var atom = Atom();
        if (atom.Length > ImapFlags.MaxKeyword) Fail($"a keyword is longer than {ImapFlags.MaxKeyword}");
        return Encoding.ASCII.GetString(atom);
    }

    private ImapSystemFlags SystemFlag()
    {
        if (TryWord("Seen"u8)) return ImapSystemFlags.Seen;
        if (TryWord("Answered"u8)) return ImapSystemFlags.Answered;
        if (TryWord("Flagged"u8)) return ImapSystemFlags.Flagged;
        if (TryWord("Deleted"u8)) return ImapSystemFlags.Deleted;
        if (TryWord("Draft"u8)) return ImapSystemFlags.Draft;
        // RFC 3501 §2.3.2: no client can alter \Recent; §9: and none makes up others
        Fail("there is no such flag to be set");
        return ImapSystemFlags.None;
    }
}
