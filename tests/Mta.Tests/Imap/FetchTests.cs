namespace Mta.Tests.Imap;

/// <summary>FETCH of every item, of a message with parts within parts.</summary>
public sealed class FetchTests : IAsyncLifetime
{
    private const string Inner = "From: in@x\r\nSubject: inner\r\n\r\ninner text\r\n";

    private const string Message =
        "From: Ann <ann@one.test>\r\nTo: bob@two.test\r\nSubject: nested\r\nDate: Fri, 09 Jan 2026 10:00:00 +0000\r\nMessage-ID: <n@x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\npreamble\r\n"
        + "--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n"
        + "--i\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nsch=C3=B6n\r\n--i\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--i--\r\n\r\n"
        + "--o\r\nContent-Type: message/rfc822\r\n\r\n" + Inner + "\r\n--o\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n"
        + "--o\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: x-unknown\r\n\r\n???\r\n--o--\r\n";

    private readonly ImapServer _server = new();
    private ImapClientPeer _client = null!;

    public async ValueTask InitializeAsync()
    {
        _client = await _server.ConnectAsync();
        await _client.OkAsync("APPEND INBOX (\\Flagged $Blue) \"17-Jul-1996 02:44:25 -0700\" {{" + Message + "}}");
        await _client.OkAsync("SELECT INBOX");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("FLAGS", "FLAGS (\\Flagged $Blue)")]
    [InlineData("INTERNALDATE", "INTERNALDATE \"17-Jul-1996 02:44:25 -0700\"")]
    [InlineData("UID", "UID 1")]
    [InlineData("MODSEQ", "MODSEQ (2)")]
    [InlineData("EMAILID", "EMAILID (M1)")]
    [InlineData("THREADID", "THREADID (T1)")]
    [InlineData("PREVIEW", "PREVIEW {6}\r\nsch\u00c3\u00b6n")]
    [InlineData("PREVIEW (LAZY)", "PREVIEW {6}\r\nsch\u00c3\u00b6n")]
    [InlineData("ENVELOPE", "ENVELOPE (\"Fri, 09 Jan 2026 10:00:00 +0000\" \"nested\" ((\"Ann\" NIL \"ann\" \"one.test\")) ((\"Ann\" NIL \"ann\" \"one.test\")) ((\"Ann\" NIL \"ann\" \"one.test\")) ((NIL NIL \"bob\" \"two.test\")) NIL NIL NIL \"<n@x>\")")]
    [InlineData("BODY.PEEK[1.1]", "BODY[1.1] {10}\r\nsch=C3=B6n")]
    [InlineData("BODY.PEEK[1.1.MIME]", "BODY[1.1.MIME] {88}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")]
    [InlineData("BODY.PEEK[2]", "BODY[2] {42}\r\n" + Inner)]
    [InlineData("BODY.PEEK[2.HEADER]", "BODY[2.HEADER] {30}\r\nFrom: in@x\r\nSubject: inner\r\n\r\n")]
    [InlineData("BODY.PEEK[2.TEXT]", "BODY[2.TEXT] {12}\r\ninner text\r\n")]
    [InlineData("BODY.PEEK[2.1]", "BODY[2.1] {12}\r\ninner text\r\n")]
    [InlineData("BODY.PEEK[2.HEADER.FIELDS (subject)]", "BODY[2.HEADER.FIELDS (subject)] {18}\r\nSubject: inner\r\n\r\n")]
    [InlineData("BODY.PEEK[HEADER.FIELDS (To X)]", "BODY[HEADER.FIELDS (To X)] {20}\r\nTo: bob@two.test\r\n\r\n")]
    [InlineData("BODY.PEEK[HEADER.FIELDS.NOT (From Date Message-ID Content-Type MIME-Version)]", "BODY[HEADER.FIELDS.NOT (From Date Message-ID Content-Type MIME-Version)] {37}\r\nTo: bob@two.test\r\nSubject: nested\r\n\r\n")]
    [InlineData("BODY.PEEK[9]", "BODY[9] NIL")]
    [InlineData("BODY.PEEK[1.1]<3.4>", "BODY[1.1]<3> {4}\r\n=C3=")]
    [InlineData("BODY.PEEK[1.1]<8.100>", "BODY[1.1]<8> {2}\r\n6n")]
    [InlineData("BODY.PEEK[1.1]<100.4>", "BODY[1.1]<100> {0}\r\n")]
    [InlineData("BINARY.PEEK[1.1]", "BINARY[1.1] ~{6}\r\nsch\u00c3\u00b6n")]
    [InlineData("BINARY.PEEK[1.1]<3.2>", "BINARY[1.1]<3> ~{2}\r\n\u00c3\u00b6")]
    [InlineData("BINARY.PEEK[3]", "BINARY[3] ~{4}\r\n\u0000\u0001\u0002\u0003")]
    [InlineData("BINARY.SIZE[3]", "BINARY.SIZE[3] 4")]
    [InlineData("BINARY.SIZE[1.1]", "BINARY.SIZE[1.1] 6")]
    public async Task Each_item_is_told(string item, string told)
    {
        Assert.Equal([$"* 1 FETCH ({told})"], (await _client.OkAsync($"FETCH 1 {item}")).Untagged);
        // nothing of it marks the message as seen
        Assert.Equal(["* 1 FETCH (FLAGS (\\Flagged $Blue))"], (await _client.OkAsync("FETCH 1 FLAGS")).Untagged.Select(line => line.Replace(" MODSEQ (2)", "", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_message_comes_as_it_is_whole_and_in_slices()
    {
        string whole = $"{{{Message.Length}}}\r\n{Message}", size = $"{Message.Length}";
        int header = Message.IndexOf("preamble", StringComparison.Ordinal);
        Assert.Equal([$"* 1 FETCH (BODY[] {whole})"], (await _client.OkAsync("FETCH 1 BODY.PEEK[]")).Untagged);
        Assert.Equal([$"* 1 FETCH (BINARY[] ~{whole})"], (await _client.OkAsync("FETCH 1 BINARY.PEEK[]")).Untagged);
        Assert.Equal([$"* 1 FETCH (RFC822.SIZE {size} BINARY.SIZE[] {size})"], (await _client.OkAsync("FETCH 1 (RFC822.SIZE BINARY.SIZE[])")).Untagged);
        Assert.Equal([$"* 1 FETCH (RFC822.HEADER {{{header}}}\r\n{Message[..header]})"], (await _client.OkAsync("FETCH 1 RFC822.HEADER")).Untagged);
        Assert.Equal([$"* 1 FETCH (BODY[TEXT] {{{Message.Length - header}}}\r\n{Message[header..]})"], (await _client.OkAsync("FETCH 1 BODY.PEEK[TEXT]")).Untagged);
        string together = "";
        for (int at = 0; at < Message.Length; at += 100)
        {
            string slice = (await _client.OkAsync($"FETCH 1 BODY.PEEK[]<{at}.100>")).The("* 1 FETCH ");
            together += slice[(slice.IndexOf("}\r\n", StringComparison.Ordinal) + 3)..^1];
        }
        Assert.Equal(Message, together);
    }

    [Fact]
    public async Task A_structure_has_all_parts()
    {
        const string alternative = "((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"quoted-printable\" 10 0)(\"text\" \"html\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 8 0) \"alternative\")";
        const string inner = "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 42 (NIL \"inner\" ((NIL NIL \"in\" \"x\")) ((NIL NIL \"in\" \"x\")) ((NIL NIL \"in\" \"x\")) NIL NIL NIL NIL NIL) (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 12 1) 4)";
        const string rest = "(\"application\" \"octet-stream\" NIL NIL NIL \"base64\" 8)(\"application\" \"x\" NIL NIL NIL \"x-unknown\" 3)";
        string body = (await _client.OkAsync("FETCH 1 BODY")).The("* 1 FETCH (BODY ");
        Assert.Equal($"({alternative}{inner}{rest} \"mixed\"))", body, ignoreCase: true);
        string extended = (await _client.OkAsync("FETCH 1 BODYSTRUCTURE")).The("* 1 FETCH (BODYSTRUCTURE ");
        Assert.EndsWith("\"mixed\" (\"boundary\" \"o\") NIL NIL NIL))", extended, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("FAST", "* 1 FETCH (FLAGS (\\Flagged $Blue) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE ")]
    [InlineData("ALL", "* 1 FETCH (FLAGS (\\Flagged $Blue) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE ")]
    [InlineData("FULL", "* 1 FETCH (FLAGS (\\Flagged $Blue) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE ")]
    public async Task Macros_are_known(string macro, string told) => Assert.StartsWith(told, Assert.Single((await _client.OkAsync($"FETCH 1 {macro}")).Untagged), StringComparison.Ordinal);

    [Theory]
    [InlineData("BODY[1.1]")]
    [InlineData("BINARY[1.1]")]
    [InlineData("RFC822.TEXT")]
    [InlineData("RFC822")]
    public async Task What_does_not_peek_marks_as_seen_once_and_tells(string item)
    {
        using var other = await _server.ConnectAsync();
        await other.OkAsync("SELECT INBOX");
        Assert.EndsWith(" FLAGS (\\Flagged \\Seen $Blue))", Assert.Single((await _client.OkAsync("FETCH 1 " + item)).Untagged), StringComparison.Ordinal);
        Assert.DoesNotContain("FLAGS", Assert.Single((await _client.OkAsync("FETCH 1 " + item)).Untagged), StringComparison.Ordinal);
        Assert.Equal(["* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen $Blue))"], (await other.OkAsync("NOOP")).Untagged);
    }

    [Fact]
    public async Task An_encoding_that_is_not_known_is_said_to_be()
    {
        var reply = await _client.RunAsync("FETCH 1 BINARY.PEEK[4]");
        Assert.StartsWith("NO [UNKNOWN-CTE]", reply.End, StringComparison.Ordinal);
        Assert.Equal(["* 1 FETCH (BODY[4] {3}\r\n???)"], (await _client.OkAsync("FETCH 1 BODY.PEEK[4]")).Untagged);
    }

    [Fact]
    public async Task A_page_of_many_is_fetched()
    {
        for (int i = 0; i < 9; i++) await _client.OkAsync("APPEND INBOX {{a: b\r\n\r\n}}");
        Assert.Equal(["* 2 FETCH (UID 2)", "* 3 FETCH (UID 3)"], (await _client.OkAsync("UID FETCH 1:* (UID) (PARTIAL 2:3)")).Untagged);
        Assert.Equal(["* 9 FETCH (UID 9)", "* 10 FETCH (UID 10)"], (await _client.OkAsync("UID FETCH 1:* (UID) (PARTIAL -1:-2)")).Untagged);
        Assert.Empty((await _client.OkAsync("UID FETCH 1:* (UID) (PARTIAL 20:30)")).Untagged);
        Assert.Empty((await _client.OkAsync("UID FETCH 100:200 (UID)")).Untagged);
        Assert.Equal(["* 10 FETCH (UID 10)"], (await _client.OkAsync("UID FETCH 100:* (UID)")).Untagged);
    }

    /// <summary>A slow client: what waits for it is bounded, and it gets all of it.</summary>
    [Fact]
    public async Task Megabytes_come_whole()
    {
        string large = "Subject: large\r\n\r\n" + string.Concat(Enumerable.Range(0, 30_000).Select(i => $"{i} and some more text, so that it takes several buffers\r\n"));
        await _client.OkAsync("APPEND INBOX {{" + large + "}}");
        for (int i = 0; i < 3; i++) Assert.Equal($"{{{large.Length}}}\r\n{large})", (await _client.OkAsync("FETCH 2 BODY.PEEK[]")).The("* 2 FETCH (BODY[] "));
    }

    /// <summary>RFC 9051 §9, CHAR8: none but BINARY may tell a NUL. Sizes and offsets stay what they are.</summary>
    [Fact]
    public async Task A_NUL_is_told_in_BINARY_alone()
    {
        await _client.OkAsync("APPEND INBOX ~{{A: b\0c\r\n\r\nd\0\0e\r\n}}");
        foreach (var (item, told) in (IEnumerable<(string, string)>)
        [
            ("BODY.PEEK[]", "BODY[] {16}\r\nA: b\u0080c\r\n\r\nd\u0080\u0080e\r\n"),
            ("BODY.PEEK[]<11.3>", "BODY[]<11> {3}\r\n\u0080\u0080e"),
            ("BODY.PEEK[HEADER.FIELDS (A)]", "BODY[HEADER.FIELDS (A)] {10}\r\nA: b\u0080c\r\n\r\n"),
            ("RFC822.TEXT", "RFC822.TEXT {6}\r\nd\u0080\u0080e\r\n FLAGS (\\Seen)"),
            ("BINARY.PEEK[]", "BINARY[] ~{16}\r\nA: b\0c\r\n\r\nd\0\0e\r\n"),
            ("RFC822.SIZE", "RFC822.SIZE 16"),
        ])
            Assert.Equal([$"* 2 FETCH ({told})"], (await _client.OkAsync($"FETCH 2 {item}")).Untagged);
    }
}
