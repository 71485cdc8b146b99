using System.Globalization;
using System.Text;
using Mta.Interop.Tests.Bench;
using Mta.Mailbox;
using Mta.Testing;

namespace Mta.Interop.Tests;

/// <summary>What SEARCH, SORT and THREAD find among the messages of the corpus, Dovecot 2.3 finds too, but for what is listed here with its reason.</summary>
public sealed class DovecotImapTests
{
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
        "UID SORT RETURN (ALL) (SIZE) UTF-8 ALL", "SORT RETURN (MIN MAX COUNT) (REVERSE ARRIVAL) UTF-8 ALL",
    ];

    /// <summary>By command: why the answers differ.</summary>
    private static readonly Dictionary<string, string> Others = new() { };

    [Fact]
    public async Task The_same_is_found()
    {
        string[] commands =
        [
            .. Searches.Select(s => "SEARCH " + s), .. Sorts.Select(s => $"SORT ({s}) UTF-8 ALL"), .. Returns,
            "THREAD REFERENCES UTF-8 ALL", "THREAD ORDEREDSUBJECT UTF-8 ALL", "THREAD REFERENCES UTF-8 LARGER 300",
        ];
        // what is no text to one is some to the other; and what has no line ends counts otherwise
        byte[][] messages = [.. Names.Select(Corpus.Read)];
        using var dovecot = await DovecotImap.Start(messages, At);
        await using var node = await ImapNode.Start();
        await node.Add("INBOX", messages, MailFlags.Seen, At);
        // Dovecot answers searches side by side, unless something that may change numbers is between
        string asked = "a SELECT INBOX\r\n" + string.Concat(commands.Select((c, i) => string.Create(CultureInfo.InvariantCulture, $"b{i} {c}\r\nn NOOP\r\n")));
        var (ours, theirs) = (Answers(await node.Talk(asked), commands.Length), Answers(await dovecot.Talk(asked), commands.Length));
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
        if (a.SetEquals(b)) return $"ours: {ours}\n  theirs: {theirs}";
        return "only ours: " + string.Join(' ', a.Except(b).Select(Name)) + "; only theirs: " + string.Join(' ', b.Except(a).Select(Name));
    }

    private static string Name(string number) => int.TryParse(number, CultureInfo.InvariantCulture, out int n) && n <= Names.Count ? Names[n - 1] : number;

    /// <summary>What came between the ends of the commands, without FETCH and the like.</summary>
    private static string[] Answers(string answer, int count)
    {
        string[] answers = new string[count];
        string untagged = "";
        foreach (string line in answer.Split("\r\n"))
        {
            if (line.StartsWith("* ", StringComparison.Ordinal))
            {
                string[] words = line.Split(' ');
                if (words[1] is "SEARCH" or "SORT" or "THREAD" or "ESEARCH") untagged = line.TrimEnd();
            }
            else if (line.StartsWith('b') && line.IndexOf(' ', StringComparison.Ordinal) is > 1 and var end && int.TryParse(line.AsSpan(1, end - 1), CultureInfo.InvariantCulture, out int number))
            {
                answers[number] = untagged.Length > 0 ? untagged : line[(end + 1)..].Split(' ')[0];
                untagged = "";
            }
        }
        return answers;
    }
}
