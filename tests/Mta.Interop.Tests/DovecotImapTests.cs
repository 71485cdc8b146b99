using System.Globalization;
using System.Text;
using Mta.Interop.Tests.Bench;
using Mta.Mailbox;
using Mta.Testing;

namespace Mta.Interop.Tests;

/// <summary>What SEARCH, SORT and THREAD find among the messages of the corpus, Dovecot 2.3 finds too, but for what is listed here with its reason.</summary>
public sealed class DovecotImapTests
{
    private const string NoHeader = "RFC 9051 §6.4.4: BODY matches no header field, also of a message within; Dovecot's does",
        Latin1 = "RFC 9051 §6.4.4 allows flexible matching: octets in a header that are no UTF-8 are ISO 8859-1 here, and nothing for Dovecot",
        Repeated = "RFC 5322 §3.6 allows one such field; of two it is the last that is sorted by, as ENVELOPE shows it, and for Dovecot the first",
        EmptyElement = "RFC 5322 §4.4: an empty element of a list means nothing",
        Stored = "RFC 9051 §2.3.3: octets are counted as they are kept; Dovecot counts CRLF for a bare LF";

    private static readonly DateTimeOffset At = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Searches =
    [
        "ALL", "SEEN", "UNSEEN", "NOT SEEN", "OR SEEN FLAGGED", "ANSWERED", "UNDELETED", "DRAFT", "KEYWORD $Blue", "UNKEYWORD $Blue",
        "ON 10-Jan-2026", "BEFORE 10-Jan-2026", "SINCE 10-Jan-2026", "SENTSINCE 1-Jan-2000", "SENTBEFORE 1-Jan-2000", "SENTON 1-Jan-2026",
        "LARGER 500", "SMALLER 500", "LARGER 200 SMALLER 1000", "UID 5:10", "5:10", "UID 50:*", "NOT 5:100", "OLDER 1", "YOUNGER 1",
        "FROM a", "FROM example", "TO b", "TO example.com", "CC c", "BCC d", "SUBJECT a", "SUBJECT hello", "SUBJECT \"\"", "HEADER Message-ID \"\"", "HEADER Date \"\"",
        "HEADER Content-Type multipart", "HEADER Content-Type text", "HEADER X-None \"\"", "HEADER MIME-Version 1.0", "HEADER Received \"\"",
        "BODY hello", "BODY text", "BODY part", "BODY \"the \"", "TEXT hello", "TEXT multipart", "TEXT example", "TEXT Subject", "TEXT html", "BODY html", "NOT BODY a",
        "CHARSET UTF-8 SUBJECT {2+}\r\n\u00c3\u00bc", "CHARSET UTF-8 BODY {2+}\r\n\u00c3\u00bc", "CHARSET UTF-8 TEXT {2+}\r\n\u00c3\u00a9", "CHARSET UTF-8 FROM {2+}\r\n\u00c3\u00a4",
    ];

    private static readonly string[] Sorts =
        ["ARRIVAL", "DATE", "REVERSE DATE", "SUBJECT", "FROM", "TO", "CC", "SIZE", "REVERSE SIZE", "SUBJECT REVERSE DATE", "DISPLAYFROM", "DISPLAYTO"];

    private static readonly string[] Returns =
    [
        "SEARCH RETURN (MIN MAX COUNT ALL) LARGER 300", "UID SEARCH RETURN (COUNT) SUBJECT a", "SEARCH RETURN () UNSEEN", "SEARCH RETURN (PARTIAL 2:4) ALL",
        "UID SORT RETURN (ALL) (SIZE) UTF-8 ALL", "SORT RETURN (MIN MAX COUNT) (REVERSE SIZE) UTF-8 ALL",
    ];

    /// <summary>By command: why the answers differ.</summary>
    private static readonly Dictionary<string, string> Others = new()
    {
        ["SEARCH SENTBEFORE 1-Jan-2000"] = "RFC 9051 §6.4.4: it is the Date field that is earlier, which these messages have not; Dovecot takes 1970 for it",
        ["SEARCH FROM a"] = "RFC 9051 §6.4.4: what is in the field is searched; Dovecot finds its own MISSING_DOMAIN",
        ["SEARCH FROM example"] = "RFC 5322 §4.1: control characters are obsolete in a phrase, and the address behind it is one",
        ["SEARCH NOT BODY a"] = NoHeader,
        ["SEARCH CHARSET UTF-8 BODY {2+}\r\n\u00c3\u00bc"] = NoHeader,
        ["SEARCH CHARSET UTF-8 SUBJECT {2+}\r\n\u00c3\u00bc"] = Latin1,
        ["SORT (DATE) UTF-8 ALL"] = Repeated,
        ["SORT (REVERSE DATE) UTF-8 ALL"] = Repeated,
        ["SORT (SUBJECT) UTF-8 ALL"] = Repeated,
        ["SORT (SUBJECT REVERSE DATE) UTF-8 ALL"] = Repeated,
        ["SORT (TO) UTF-8 ALL"] = EmptyElement,
        ["SORT (DISPLAYTO) UTF-8 ALL"] = EmptyElement,
        ["SORT (DISPLAYFROM) UTF-8 ALL"] = "RFC 5322 §4.1: control characters are obsolete in a phrase, and it is the name",
        ["SORT (SIZE) UTF-8 ALL"] = Stored,
        ["SORT (REVERSE SIZE) UTF-8 ALL"] = Stored,
        ["UID SORT RETURN (ALL) (SIZE) UTF-8 ALL"] = Stored,
        ["THREAD REFERENCES UTF-8 ALL"] = Latin1 + "; " + Repeated,
        ["THREAD ORDEREDSUBJECT UTF-8 ALL"] = Latin1 + "; " + Repeated,
    };

    [Fact]
    public async Task The_same_is_found()
    {
        string[] commands =
        [
            .. Searches.Select(s => "SEARCH " + s), .. Sorts.Select(s => $"SORT ({s}) UTF-8 ALL"), .. Returns,
            "THREAD REFERENCES UTF-8 ALL", "THREAD ORDEREDSUBJECT UTF-8 ALL", "THREAD REFERENCES UTF-8 LARGER 300",
        ];
        byte[][] messages = [.. Names.Select(Corpus.Read)];
        using var dovecot = await DovecotImap.Start(messages, At);
        await using var node = await ImapNode.Start();
        await node.Add("INBOX", messages, MailFlags.Seen, At);
        string[] ours = await Answers(node.Talk, commands), theirs = await Answers(dovecot.Talk, commands);
        var wrong = new StringBuilder();
        for (int i = 0; i < commands.Length; i++)
        {
            if (ours[i] == theirs[i] == Others.ContainsKey(commands[i]))
                wrong.Append(CultureInfo.InvariantCulture, $"{commands[i]}{(ours[i] == theirs[i] ? " is listed and does not differ" : "\n  " + Difference(ours[i], theirs[i]))}\n");
        }
        Assert.True(wrong.Length == 0, wrong.ToString());
    }

    private static IReadOnlyList<string> Names => Corpus.Names;

    private static string Difference(string ours, string theirs)
    {
        var (a, b) = (ours.Split(' ').ToHashSet(), theirs.Split(' ').ToHashSet());
        if (a.SetEquals(b) || ours.Length + theirs.Length < 400) return $"ours: {ours}\n  theirs: {theirs}";
        return "only ours: " + string.Join(' ', a.Except(b).Select(Name)) + "; only theirs: " + string.Join(' ', b.Except(a).Select(Name));
    }

    private static string Name(string number) => int.TryParse(number, CultureInfo.InvariantCulture, out int n) && n <= Names.Count ? Names[n - 1] : number;

    /// <summary>What is found. Each command has a session of its own: Dovecot answers those that are there at once side by side.</summary>
    private static async Task<string[]> Answers(Func<string, Task<string>> talk, string[] commands)
    {
        var answers = new List<string>();
        foreach (string command in commands)
        {
            string answer = await talk($"a SELECT INBOX\r\nb {command}\r\n");
            string[] lines = answer.Split("\r\n");
            answers.Add(lines.LastOrDefault(line => line.Split(' ') is ["*", "SEARCH" or "SORT" or "THREAD" or "ESEARCH", ..])?.TrimEnd() ?? lines.First(line => line.StartsWith("b ", StringComparison.Ordinal)));
        }
        return [.. answers];
    }
}
