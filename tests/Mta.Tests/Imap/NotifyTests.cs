using System.Globalization;
using System.Text;
using Mta.Mailbox;

namespace Mta.Tests.Imap;

/// <summary>NOTIFY (RFC 5465) where much happens at once: what scripts cannot say.</summary>
public sealed class NotifyTests
{
    [Fact]
    public async Task Commands_and_what_is_told_without_asking_do_not_mix()
    {
        const int Messages = 300;
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        await client.OkAsync("SELECT INBOX");
        await client.OkAsync("NOTIFY SET (selected (MessageNew (UID FLAGS) MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge MailboxName))");
        var told = new List<string>();
        var work = FillAsync();
        for (int i = 0; !work.IsCompleted || i < 20; i++) told.AddRange((await client.OkAsync(i % 2 == 0 ? "NOOP" : "STATUS Sent (MESSAGES)")).Untagged);
        await work;
        while (told.Count(IsFetch) < Messages || !told.Contains($"* STATUS Sent (MESSAGES {Messages} UIDNEXT {Messages + 1})")) told.Add((await client.ReadAsync())!);
        // each message is told once, after it is said to be there
        Assert.Equal(Enumerable.Range(1, Messages).Select(n => $"* {n} FETCH (UID {n} FLAGS ())"), told.Where(IsFetch));
        int exists = 0;
        foreach (string line in told)
        {
            string[] words = line.Split(' ');
            if (line.EndsWith("EXISTS", StringComparison.Ordinal)) exists = int.Parse(words[1], CultureInfo.InvariantCulture);
            else if (IsFetch(line)) Assert.InRange(int.Parse(words[1], CultureInfo.InvariantCulture), 1, exists);
        }
        Assert.Equal(Messages, exists);

        async Task FillAsync()
        {
            using var body = Body(server, "Subject: x\r\n\r\n");
            foreach (int _ in Enumerable.Range(0, Messages))
            {
                await server.Mailboxes.AppendAsync(ImapServer.Tim, "INBOX", new NewMessage(body));
                await server.Mailboxes.AppendAsync(ImapServer.Tim, "Sent", new NewMessage(body));
            }
        }
    }

    /// <summary>RFC 5465 §5.8.</summary>
    [Fact]
    public async Task Who_does_not_read_is_told_that_there_was_too_much_and_nothing_more()
    {
        await using var server = new ImapServer();
        using (var body = Body(server, "Subject: large\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 1022) + "\r\n", 1024))))
            for (int i = 0; i < 24; i++) await server.Mailboxes.AppendAsync(ImapServer.Tim, "INBOX", new NewMessage(body));
        using var client = await server.ConnectAsync();
        await client.OkAsync("SELECT INBOX");
        await client.OkAsync("NOTIFY SET (personal (MailboxName)) (selected (MessageNew MessageExpunge))");
        await client.BeginAsync("FETCH 1:* BODY.PEEK[]");
        await Task.WhenAll(Enumerable.Range(0, 1200).Select(i => server.Mailboxes.CreateAsync(ImapServer.Tim, $"m{i}")));
        Assert.Equal(24, (await client.EndAsync()).Untagged.Count);
        Assert.StartsWith("* OK [NOTIFICATIONOVERFLOW] ", await client.ReadAsync(), StringComparison.Ordinal);
        await server.Mailboxes.CreateAsync(ImapServer.Tim, "another");
        Assert.Empty((await client.OkAsync("NOOP")).Untagged);
        // until it asks anew
        await client.OkAsync("NOTIFY SET (personal (MailboxName))");
        await server.Mailboxes.CreateAsync(ImapServer.Tim, "one-more");
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" one-more", await client.ReadAsync());
    }

    [Fact]
    public async Task A_mailbox_that_is_deleted_leaves_nothing_selected()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        await client.OkAsync("CREATE Work");
        await client.OkAsync("SELECT Work");
        await client.OkAsync("NOTIFY SET (selected (MessageNew MessageExpunge))");
        await server.Mailboxes.DeleteAsync(ImapServer.Tim, "Work");
        Assert.Equal("* OK [CLOSED] the mailbox was deleted", await client.ReadAsync());
        Assert.StartsWith("BAD", (await client.RunAsync("FETCH 1 (UID)")).End, StringComparison.Ordinal);
    }

    private static bool IsFetch(string line) => line.Contains(" FETCH ", StringComparison.Ordinal);

    private static StagedBody Body(ImapServer server, string text)
    {
        var body = server.Mailboxes.Store.Stage();
        body.Write(Encoding.ASCII.GetBytes(text));
        body.Finish();
        return body;
    }
}
