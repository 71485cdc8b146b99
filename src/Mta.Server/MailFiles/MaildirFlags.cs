using Mta.Mailbox;

namespace Mta.Server.MailFiles;

/// <summary>Flags as letters behind <c>:2,</c> in a file's name: capitals as Maildir says, and a to z for the keywords of the file <c>dovecot-keywords</c>.</summary>
internal static class MaildirFlags
{
    /// <summary>That have a letter.</summary>
    public const int MaxKeywords = 26;

    public const string KeywordsFile = "dovecot-keywords";

    /// <summary>The letter P, passed, as a keyword.</summary>
    public const string Forwarded = "$Forwarded";

    private static readonly (char Letter, MailFlags Flag)[] Table =
        [('D', MailFlags.Draft), ('F', MailFlags.Flagged), ('R', MailFlags.Answered), ('S', MailFlags.Seen), ('T', MailFlags.Deleted)];

    public static (MailFlags Flags, List<string> Keywords) Parse(string fileName, IReadOnlyDictionary<int, string> names)
    {
        var (flags, keywords) = (MailFlags.None, new List<string>());
        int info = fileName.LastIndexOf(":2,", StringComparison.Ordinal);
        if (info < 0) return (flags, keywords);
        // where it has a letter of its own as well, that is the one that Dovecot keeps right
        bool isPassed = !names.Values.Contains(Forwarded, StringComparer.OrdinalIgnoreCase);
        foreach (char letter in fileName.AsSpan(info + 3))
        {
            foreach (var (known, flag) in Table)
                if (letter == known) flags |= flag;
            if (letter == 'P' && isPassed) Add(Forwarded);
            else if (letter is >= 'a' and <= 'z' && names.TryGetValue(letter - 'a', out string? name)) Add(name);
        }
        return (flags, keywords);

        void Add(string name)
        {
            if (!keywords.Contains(name, StringComparer.OrdinalIgnoreCase)) keywords.Add(name);
        }
    }

    /// <summary>In the order of the letters, as Maildir wants it.</summary>
    public static string Format(MailFlags flags, IReadOnlyCollection<string> keywords, IReadOnlyList<string> names)
    {
        var letters = Table.Where(t => (flags & t.Flag) != 0).Select(t => t.Letter).ToList();
        if (keywords.Contains(Forwarded, StringComparer.OrdinalIgnoreCase)) letters.Add('P');
        for (int i = 0; i < Math.Min(names.Count, MaxKeywords); i++)
            if (keywords.Contains(names[i], StringComparer.OrdinalIgnoreCase)) letters.Add((char)('a' + i));
        letters.Sort();
        return ":2," + string.Concat(letters);
    }

    /// <summary>The names by their numbers.</summary>
    public static Dictionary<int, string> ReadNames(string folder)
    {
        string file = Path.Combine(folder, KeywordsFile);
        var names = new Dictionary<int, string>();
        if (!File.Exists(file)) return names;
        foreach (string line in File.ReadLines(file))
            if (line.Split(' ', 2) is [var number, { Length: > 0 } name] && int.TryParse(number, System.Globalization.CultureInfo.InvariantCulture, out int index)) names[index] = name;
        return names;
    }

    public static void WriteNames(string folder, IReadOnlyList<string> names)
    {
        if (names.Count > 0) File.WriteAllLines(Path.Combine(folder, KeywordsFile), names.Take(MaxKeywords).Select((name, i) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{i} {name}")));
    }
}
