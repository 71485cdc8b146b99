
namespace Mta.Tests.Imap;

/// <summary>A mailbox with a full-text index answers as one without.</summary>
public sealed class TextIndexTests : IAsyncDisposable
{
    private readonly ImapServer _server = new("allow-plaintext-on-loopback = true, search-index-from = 1");
    private static readonly string[] Keys =
    [
        "TEXT needle", "BODY needle", "SUBJECT needle", "FROM \"odd name\"", "HEADER X-Kind odd", "NOT TEXT needle", "OR BODY needle SUBJECT odd", "OR NOT TEXT needle SUBJECT 3", "TEXT ne", "BODY \"\"",
        "TEXT \"in two lines\"", "BODY dlenee", "TEXT NEEDLE FLAGGED",
        // composed or not, octets as characters
        "CHARSET UTF-8 BODY {{CAF\u00c3\u0089}}", "CHARSET UTF-8 BODY {{cafe\u00cc\u0081}}", "BODY cafe",
    ];

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task It_finds_the_same_whatever_happens_to_the_messages()
    {
        using var client = await _server.ConnectAsync();
        for (int i = 0; i < 12; i++) await AppendAsync(client, i);
        await client.OkAsync("SELECT INBOX");
        string[] before = await SearchAsync(client);
        Assert.Contains(before, found => found != "* SEARCH");
        await IndexedAsync(12);
        Assert.Equal(before, await SearchAsync(client));

        // behind the index
        await AppendAsync(client, 12);
        await client.OkAsync("COPY 1:3 INBOX");
        await client.OkAsync("STORE 2 +FLAGS (\\Deleted)");
        await client.OkAsync("EXPUNGE");
        string[] after = await SearchAsync(client);
        Assert.NotEqual(before, after);
        await IndexedAsync(16);
        Assert.Equal(after, await SearchAsync(client));

        // a copy elsewhere is no text more, and is found
        await client.OkAsync("CREATE Other");
        await client.OkAsync("COPY 1:* Other");
        await client.OkAsync("SELECT Other");
        string[] there = await SearchAsync(client);
        await IndexedAsync(15, "Other");
        Assert.Equal(there, await SearchAsync(client));
    }

    [Fact]
    public async Task One_that_is_damaged_is_made_again()
    {
        using var client = await _server.ConnectAsync();
        for (int i = 0; i < 12; i++) await AppendAsync(client, i);
        await client.OkAsync("SELECT INBOX");
        string[] before = await SearchAsync(client);
        await IndexedAsync(12);
        string file = Path.Combine(_server.Folder, "search", $"{ImapServer.Tim.Id}.db");
        _server.Mailboxes.Store.Texts.Remove(ImapServer.Tim.Id);
        await File.WriteAllTextAsync(file, new string('x', 10_000), TestContext.Current.CancellationToken);
        Assert.Equal(before, await SearchAsync(client));
        await IndexedAsync(12);
        Assert.Equal(before, await SearchAsync(client));
    }

    [Fact]
    public async Task One_whose_pages_are_damaged_is_made_again()
    {
        using var client = await _server.ConnectAsync();
        for (int i = 0; i < 12; i++) await AppendAsync(client, i);
        await client.OkAsync("SELECT INBOX");
        string[] before = await SearchAsync(client);
        await IndexedAsync(12);
        string file = Path.Combine(_server.Folder, "search", $"{ImapServer.Tim.Id}.db");
        // the tables are there, and say where they are indexed to, but the index itself is rubbish
        using (var db = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False"))
        {
            db.Open();
            using var command = db.CreateCommand();
            command.CommandText = "UPDATE texts_data SET block = x'FFFFFFFFFFFFFFFF'";
            Assert.True(command.ExecuteNonQuery() > 0);
        }
        Assert.Equal(before, await SearchAsync(client));
        await IndexedAsync(12);
        Assert.Equal(before, await SearchAsync(client));
    }

    [Fact]
    public async Task It_goes_with_its_account()
    {
        using var client = await _server.ConnectAsync();
        for (int i = 0; i < 3; i++) await AppendAsync(client, i);
        await client.OkAsync("SELECT INBOX");
        await client.OkAsync("SEARCH TEXT needle");
        await IndexedAsync(3);
        await _server.Mailboxes.RemoveAccountAsync(ImapServer.Tim.Id);
        Assert.Empty(Directory.GetFiles(Path.Combine(_server.Folder, "search")));
    }

    private static async Task AppendAsync(ImapClientPeer client, int number)
    {
        string body = (number % 4) switch { 0 => "a needle in the hay", 1 => "nothing of that kind, but a cafe\u00cc\u0081", 2 => "in two\r\n lines, dle nee", _ => new string('y', 300_000) + " needle" };
        await client.OkAsync($"APPEND INBOX {(number % 5 == 0 ? "(\\Flagged) " : "")}{{{{From: Odd Name <{number}@x.test>\r\nSubject: {number} {(number % 3 == 0 ? "Needle" : "other")}\r\nX-Kind: {(number % 2 == 0 ? "odd" : "even")}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n}}}}");
    }

    private static async Task<string[]> SearchAsync(ImapClientPeer client)
    {
        var found = new List<string>();
        foreach (string key in Keys) found.AddRange((await client.OkAsync("SEARCH " + key)).Untagged);
        return [.. found];
    }

    /// <summary>Waits until the index has a UID.</summary>
    private async Task IndexedAsync(uint uid, string mailbox = "INBOX")
    {
        while (true)
        {
            using (var reader = _server.Mailboxes.Store.Read(ImapServer.Tim.Id))
            using (var texts = _server.Mailboxes.Store.Texts.Open(reader, reader.Find(mailbox)!.Id))
                if (texts?.LastUid >= uid) return;
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
