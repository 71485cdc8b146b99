namespace Mta.Tests.Imap;

/// <summary>SEARCH with every key, what RETURN makes of it, SORT and THREAD.</summary>
public sealed class SearchTests : IAsyncLifetime
{
    private readonly ImapServer _server = new();
    private ImapClientPeer _client = null!;

    private static readonly string[] Messages =
    [
        """(\Seen \Answered $Blue) "10-Jan-2026 12:00:00 +0000" {{From: Ann <ann@one.test>\nTo: bob@two.test\nCc: carl@three.test\nSubject: Alpha\nDate: Fri, 09 Jan 2026 10:00:00 +0000\nMessage-ID: <1@x>\n\nHello world\n}}""",
        """(\Flagged) "11-Jan-2026 23:30:00 -0500" {{From: Bob <bob@two.test>\nTo: ann@one.test\nBcc: dora@four.test\nSubject: Re: Alpha\nDate: Sat, 10 Jan 2026 23:00:00 -0800\nMessage-ID: <2@x>\nIn-Reply-To: <1@x>\nReferences: <1@x>\n\nhow are you\n}}""",
        """(\Deleted \Draft) "12-Jan-2026 12:00:00 +0000" {{From: Zoe <zoe@one.test>\nTo: ann@one.test\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nX-Kind: odd\nDate: Mon, 12 Jan 2026 10:00:00 +0000\nMessage-ID: <3@x>\n\nAn answer of some length, so that it is the largest of them all: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n}}""",
        """() "13-Jan-2026 12:00:00 +0000" {{From: ann@one.test\nTo: zoe@one.test\nSubject: [list] alpha (fwd)\nDate: Sun, 04 Jan 2026 10:00:00 +0000\nMessage-ID: <4@x>\nReferences: <1@x> <2@x>\n\n}}""",
        """() "14-Jan-2026 12:00:00 +0000" {{From: carl@three.test\nSubject: Beta\nMessage-ID: <5@x>\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nsch=F6ne W=\nelt\n}}""",
    ];

    public async ValueTask InitializeAsync()
    {
        _client = await _server.ConnectAsync();
        foreach (string message in Messages) await _client.OkAsync("APPEND INBOX " + message.Replace("\\n", "\r\n", StringComparison.Ordinal));
        await _client.OkAsync("SELECT INBOX");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("ALL", "1 2 3 4 5")]
    [InlineData("ANSWERED", "1")]
    [InlineData("UNANSWERED", "2 3 4 5")]
    [InlineData("DELETED", "3")]
    [InlineData("UNDELETED", "1 2 4 5")]
    [InlineData("DRAFT", "3")]
    [InlineData("UNDRAFT", "1 2 4 5")]
    [InlineData("FLAGGED", "2")]
    [InlineData("UNFLAGGED", "1 3 4 5")]
    [InlineData("SEEN", "1")]
    [InlineData("UNSEEN", "2 3 4 5")]
    [InlineData("RECENT", "")]
    [InlineData("NEW", "")]
    [InlineData("OLD", "1 2 3 4 5")]
    [InlineData("KEYWORD $blue", "1")]
    [InlineData("UNKEYWORD $Blue", "2 3 4 5")]
    [InlineData("KEYWORD Unknown", "")]
    [InlineData("UNKEYWORD Unknown", "1 2 3 4 5")]
    [InlineData("FROM ann", "1 4")]
    [InlineData("FROM \"ANN <\"", "1")]
    [InlineData("TO bob", "1")]
    [InlineData("CC three", "1")]
    [InlineData("BCC dora", "2")]
    [InlineData("SUBJECT alpha", "1 2 4")]
    [InlineData("SUBJECT \"re:\"", "2")]
    [InlineData("HEADER X-Kind \"\"", "3")]
    [InlineData("HEADER X-KIND OD", "3")]
    [InlineData("HEADER Message-ID <4@x>", "4")]
    [InlineData("CHARSET UTF-8 SUBJECT {{gr\u00c3\u00bc\u00c3\u009f}}", "3")]
    [InlineData("CHARSET ISO-8859-1 BODY {{sch\u00f6ne welt}}", "5")]
    [InlineData("BODY hello", "1")]
    [InlineData("BODY alpha", "")]
    [InlineData("TEXT alpha", "1 2 4")]
    [InlineData("TEXT \"are you\"", "2")]
    [InlineData("BEFORE 11-Jan-2026", "1")]
    [InlineData("ON 11-Jan-2026", "2")] // without regard to the zone
    [InlineData("SINCE 12-Jan-2026", "3 4 5")]
    [InlineData("SENTBEFORE 9-Jan-2026", "4")]
    [InlineData("SENTON 10-Jan-2026", "2")]
    [InlineData("SENTSINCE 10-Jan-2026", "2 3")]
    [InlineData("SAVEDBEFORE 1-Jan-2020", "")]
    [InlineData("SAVEDSINCE 1-Jan-2020", "1 2 3 4 5")]
    [InlineData("SAVEDATESUPPORTED", "1 2 3 4 5")]
    [InlineData("LARGER 250", "3")]
    [InlineData("SMALLER 250", "1 2 4 5")]
    [InlineData("OLDER 60", "1 2 3 4 5")]
    [InlineData("YOUNGER 60", "")]
    [InlineData("UID 2:4", "2 3 4")]
    [InlineData("UID 4:*", "4 5")]
    [InlineData("UID 100:*", "5")]
    [InlineData("2,4", "2 4")]
    [InlineData("*", "5")]
    [InlineData("1:2 NOT 2", "1")]
    [InlineData("OR SEEN FLAGGED", "1 2")]
    [InlineData("OR (SEEN FLAGGED) (DRAFT DELETED)", "3")]
    [InlineData("NOT (OR SEEN FLAGGED)", "3 4 5")]
    [InlineData("EMAILID M3", "3")]
    [InlineData("THREADID T1", "1 2 4")]
    [InlineData("EMAILID nothing", "")]
    public async Task Each_key_finds(string key, string found)
    {
        Assert.Equal("* SEARCH" + (found.Length == 0 ? "" : " " + found), Assert.Single((await _client.OkAsync("SEARCH " + key)).Untagged));
        Assert.Equal("* SEARCH" + (found.Length == 0 ? "" : " " + found), Assert.Single((await _client.OkAsync("UID SEARCH " + key)).Untagged));
    }

    [Theory]
    [InlineData("6")]
    [InlineData("1:6")]
    [InlineData("NOT 7")]
    [InlineData("OR SEEN 9")]
    public async Task A_number_that_there_is_not_is_an_error(string key) => Assert.StartsWith("BAD", (await _client.RunAsync("SEARCH " + key)).End, StringComparison.Ordinal);

    [Fact]
    public async Task An_unknown_charset_is_refused() =>
        Assert.StartsWith("NO [BADCHARSET (", (await _client.RunAsync("SEARCH CHARSET KOI8-R ALL")).End, StringComparison.Ordinal);

    [Theory]
    [InlineData("RETURN () UNSEEN", " ALL 2:5")]
    [InlineData("RETURN (MIN) UNSEEN", " MIN 2")]
    [InlineData("RETURN (MAX) UNSEEN", " MAX 5")]
    [InlineData("RETURN (COUNT) UNSEEN", " COUNT 4")]
    [InlineData("RETURN (MIN MAX COUNT ALL) UNSEEN", " MIN 2 MAX 5 ALL 2:5 COUNT 4")]
    [InlineData("RETURN (MIN MAX COUNT ALL) RECENT", " COUNT 0")]
    [InlineData("RETURN (PARTIAL 2:3) ALL", " PARTIAL (2:3 2:3)")]
    [InlineData("RETURN (PARTIAL -1:-2) ALL", " PARTIAL (-1:-2 4:5)")]
    [InlineData("RETURN (PARTIAL 10:20) ALL", " PARTIAL (10:20 NIL)")]
    [InlineData("RETURN (COUNT PARTIAL 5:10) ALL", " COUNT 5 PARTIAL (5:10 5)")]
    public async Task Return_options_tell(string search, string told)
    {
        await _client.BeginAsync("SEARCH " + search);
        Assert.Equal([$"* ESEARCH (TAG \"{_client.Tag}\"){told}"], (await _client.EndAsync()).Untagged);
        await _client.BeginAsync("UID SEARCH " + search);
        Assert.Equal([$"* ESEARCH (TAG \"{_client.Tag}\") UID{told}"], (await _client.EndAsync()).Untagged);
    }

    /// <summary>RFC 5182.</summary>
    [Fact]
    public async Task What_was_found_can_be_named_later()
    {
        Assert.Empty((await _client.OkAsync("SEARCH RETURN (SAVE) UNSEEN")).Untagged);
        Assert.Equal(["* 2 FETCH (UID 2)", "* 3 FETCH (UID 3)", "* 4 FETCH (UID 4)", "* 5 FETCH (UID 5)"], (await _client.OkAsync("FETCH $ UID")).Untagged);
        Assert.Equal("* SEARCH 2", Assert.Single((await _client.OkAsync("SEARCH $ FLAGGED")).Untagged));
        Assert.Equal("* SEARCH 2", Assert.Single((await _client.OkAsync("UID SEARCH UID $ FLAGGED")).Untagged));
        // MIN alone keeps what it tells
        await _client.OkAsync("SEARCH RETURN (SAVE MIN) UNSEEN");
        Assert.Equal("* SEARCH 2", Assert.Single((await _client.OkAsync("SEARCH $")).Untagged));
        await _client.OkAsync("SEARCH RETURN (SAVE MIN MAX) UNSEEN");
        Assert.Equal("* SEARCH 2 5", Assert.Single((await _client.OkAsync("SEARCH $")).Untagged));
        await _client.OkAsync("SEARCH RETURN (SAVE MIN COUNT) UNSEEN");
        Assert.Equal("* SEARCH 2 3 4 5", Assert.Single((await _client.OkAsync("SEARCH $")).Untagged));
        // what is gone is not found any more
        await _client.OkAsync("EXPUNGE");
        Assert.Equal("* SEARCH 2 3 4", Assert.Single((await _client.OkAsync("SEARCH $")).Untagged));
        await _client.OkAsync("SEARCH RETURN (SAVE) RECENT");
        Assert.Equal("* SEARCH", Assert.Single((await _client.OkAsync("SEARCH $")).Untagged));
        await _client.OkAsync("STORE $ +FLAGS (\\Seen)");
        Assert.Equal("* SEARCH", Assert.Single((await _client.OkAsync("SEARCH $")).Untagged));
    }

    [Theory]
    [InlineData("(ARRIVAL)", "1 2 3 4 5")]
    [InlineData("(REVERSE ARRIVAL)", "5 4 3 2 1")]
    [InlineData("(DATE)", "4 1 2 3 5")] // the last has none: when it arrived
    [InlineData("(SUBJECT DATE)", "4 1 2 5 3")]
    [InlineData("(SUBJECT)", "1 2 4 5 3")]
    [InlineData("(FROM)", "1 4 2 5 3")]
    [InlineData("(TO)", "5 2 3 1 4")]
    [InlineData("(CC)", "2 3 4 5 1")]
    [InlineData("(SIZE)", "4 1 5 2 3")]
    [InlineData("(DISPLAYFROM)", "1 4 2 5 3")]
    [InlineData("(DISPLAYTO REVERSE ARRIVAL)", "5 3 2 1 4")]
    public async Task Messages_are_sorted(string order, string sorted) =>
        Assert.Equal("* SORT " + sorted, Assert.Single((await _client.OkAsync($"SORT {order} UTF-8 ALL")).Untagged));

    /// <summary>RFC 5267 §3.1: MIN and MAX are the ends of the order asked for, and ALL keeps it.</summary>
    [Fact]
    public async Task A_sort_can_return_the_same_as_a_search()
    {
        await _client.BeginAsync("UID SORT RETURN (COUNT PARTIAL 1:2) (REVERSE ARRIVAL) UTF-8 ALL");
        Assert.Equal([$"* ESEARCH (TAG \"{_client.Tag}\") UID COUNT 5 PARTIAL (1:2 5,4)"], (await _client.EndAsync()).Untagged);
        await _client.BeginAsync("UID SORT RETURN (MIN MAX ALL) (REVERSE ARRIVAL) UTF-8 ALL");
        Assert.Equal([$"* ESEARCH (TAG \"{_client.Tag}\") UID MIN 5 MAX 1 ALL 5,4,3,2,1"], (await _client.EndAsync()).Untagged);
    }

    [Theory]
    [InlineData("THREAD REFERENCES UTF-8 ALL", "(1 2 4)(3)(5)")]
    [InlineData("THREAD ORDEREDSUBJECT UTF-8 ALL", "(4 (1)(2))(3)(5)")]
    [InlineData("THREAD REFERENCES UTF-8 NOT 1", "(2 4)(3)(5)")]
    [InlineData("THREAD REFERENCES UTF-8 NOT 2", "(1 4)(3)(5)")]
    [InlineData("THREAD REFERENCES UTF-8 RECENT", "")]
    public async Task Messages_are_threaded(string command, string threads) =>
        Assert.Equal("* THREAD" + (threads.Length == 0 ? "" : " " + threads), Assert.Single((await _client.OkAsync(command)).Untagged));
}
