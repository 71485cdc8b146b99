using System.Text;
using Akka.Actor;
using Microsoft.Data.Sqlite;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Mailbox.Changes;
using Mta.Mailbox.Verify;
using Mta.Tests.Accounts;
using Mta.Tests.Imap;

namespace Mta.Tests.Mailbox;

/// <summary>Each rule of the store broken behind its back: it is found, told, repaired where that can be done, and mail is never dropped.</summary>
public sealed class VerifyTests : StoreBench
{
    private readonly DirectoryBench _directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>Ann has five messages in INBOX (1 to 5, of which 2 is gone), with keywords, the first also in Sent; Bob has the same body, and one that is long.</summary>
    private async Task Fill()
    {
        await _directory.Add("ann", "bob");
        using var body = Body("Message-ID: <1@x>\r\nSubject: one\r\n\r\nhello\r\n");
        using var large = Body("Subject: long\r\n\r\n" + new string('x', 200_000) + "\r\n");
        long inbox = (await Client.AppendAsync(Ann, "INBOX", new NewMessage(body, "Delivered-To: ann\r\n"u8.ToArray(), MailFlags.Seen, ["$Blue", "$Green", "$Red"], null))).MailboxId;
        for (int i = 2; i <= 5; i++)
        {
            using var other = Body($"Subject: {i}\r\n\r\n{i}\r\n");
            await Client.AppendAsync(Ann, "INBOX", new NewMessage(other, [], i == 3 ? MailFlags.Deleted : MailFlags.None, [], null));
        }
        await Client.RemoveAsync(Ann, inbox, [new(2, 2)]);
        await Client.CopyAsync(Ann, inbox, [new(1, 1)], "Sent");
        await Client.AppendAsync(Bob, "INBOX", new NewMessage(body));
        await Client.AppendAsync(Bob, "INBOX", new NewMessage(large));
        Assert.Empty(await Verify());
    }

    // the rule, how it is broken, and how many places are told of
    public static TheoryData<string, string, int> Repairable => new()
    {
        { "bodies.refs", "UPDATE bodies SET refs = 7 WHERE id = 1", 1 },
        { "bodies.refs", "UPDATE bodies SET refs = 1 WHERE id = 1", 1 },
        { "emails.refs", "UPDATE emails SET refs = 1 WHERE id = 1", 1 },
        { "emails.refs", "UPDATE emails SET refs = 9", 6 },
        { "emails", "INSERT INTO emails (account_id, body_id, trace, thread_id, refs) VALUES (1, 1, x'', 1, 1); UPDATE bodies SET refs = refs + 1 WHERE id = 1", 1 },
        { "bodies", "INSERT INTO bodies (hash, size, refs, mime) VALUES (x'00', 5, 1, x''); INSERT INTO body_chunks VALUES (last_insert_rowid() * 65536, x'0102030405')", 1 },
        { "body_chunks", "INSERT INTO body_chunks VALUES (2 * 65536, x'00'), (2 * 65536 + 1, x'00')", 1 },
        { "body_chunks", "INSERT INTO body_chunks VALUES (100000 * 65536, x'00')", 1 },
        { "body_chunks", "UPDATE body_chunks SET data = data || x'00' WHERE id = 1 * 65536", 1 },
        { "body_chunks", "INSERT INTO body_chunks VALUES ((SELECT MAX(id) FROM bodies) * 65536 + 4, zeroblob(9)); UPDATE body_chunks SET data = data || zeroblob(65536 - length(data)) WHERE id = (SELECT MAX(id) FROM bodies) * 65536 + 3", 1 },
        { "bodies.size", "UPDATE bodies SET size = size + 3 WHERE id = 1", 1 },
        { "bodies.size", "UPDATE bodies SET size = size - 3 WHERE id = (SELECT MAX(id) FROM bodies)", 1 },
        { "bodies.mime", "UPDATE bodies SET mime = x'0102' WHERE id = 1", 1 },
        { "bodies.mime", "UPDATE bodies SET mime = x'' WHERE id = (SELECT MAX(id) FROM bodies)", 1 },
        { "mailboxes.messages", "UPDATE mailboxes SET messages = messages + 1 WHERE id = 1", 1 },
        { "mailboxes.messages", "UPDATE mailboxes SET unseen = 0 WHERE id = 1", 1 },
        { "mailboxes.messages", "UPDATE mailboxes SET deleted = -1 WHERE id = 1", 1 },
        { "mailboxes.messages", "UPDATE mailboxes SET octets = 0", 3 },
        { "accounts.octets", "UPDATE accounts SET octets = 5", 2 },
        { "accounts.octets", "UPDATE accounts SET messages = 0 WHERE id = 2", 1 },
        { "uid_runs", "DELETE FROM uid_runs", 3 },
        { "uid_runs", "DELETE FROM uid_runs WHERE mailbox_id = 1 AND first_uid = 3", 1 },
        { "uid_runs", "DELETE FROM uid_runs WHERE mailbox_id = 1 AND first_uid = 1; UPDATE uid_runs SET first_uid = 1 WHERE mailbox_id = 1", 1 },
        { "uid_runs", "INSERT INTO uid_runs VALUES (1, 2, 4)", 1 },
        { "uid_runs", "INSERT INTO uid_runs VALUES (2, 1, 4294967295)", 1 },
        { "uid_runs", "INSERT INTO expunged VALUES (1, 1, 4, 5)", 1 },
        { "mailboxes.uid_next", "UPDATE mailboxes SET uid_next = 3 WHERE id = 1", 1 },
        { "mailboxes.mod_seq", "UPDATE mailboxes SET mod_seq = 1 WHERE id = 1", 1 },
        { "accounts.mod_seq", "UPDATE accounts SET mod_seq = 1 WHERE id = 1", 1 },
        { "accounts.mod_seq", "UPDATE accounts SET uid_validity = 1 WHERE id = 2", 1 },
        { "messages.flags", "UPDATE messages SET flags = flags | (1 << 40) | (1 << 9) WHERE mailbox_id = 1", 1 },
        { "keywords.bit", "DELETE FROM keywords WHERE name = '$Green'", 2 },
        { "accounts", "DELETE FROM accounts WHERE id = 2", 1 },
    };

    [Theory]
    [MemberData(nameof(Repairable))]
    public async Task What_can_be_repaired_is_found_and_repaired_and_all_messages_stay(string check, string damage, int count)
    {
        await Fill();
        var before = Contents(Store);
        Damage(damage);
        var found = await Verify();
        Assert.Equal(count, found.Count(f => f.Check == check));
        Assert.All(found, f => Assert.Equal(FindingState.Found, f.State));
        // nothing was changed by looking
        Assert.Equal(found, await Verify());
        var repaired = await Verify(repair: true);
        Assert.All(repaired, f => Assert.True(f.State == FindingState.Repaired, $"{f}"));
        Assert.Empty(await Verify());
        Assert.Equal(before, Contents(Store));
        // and it can be worked with
        using var body = Body("Subject: afterwards\r\n\r\nx\r\n");
        foreach (var account in new[] { Ann, Bob })
        {
            var appended = await Client.AppendAsync(account, "INBOX", new NewMessage(body, [], MailFlags.None, ["$New"], null));
            await Client.RemoveAsync(account, appended.MailboxId, [new(1, uint.MaxValue)]);
        }
        Assert.Empty(await Verify());
    }

    [Theory]
    [InlineData("bodies.hash", "UPDATE body_chunks SET data = x'00' || substr(data, 2) WHERE id = 65536", "ann@ours.test INBOX 1, ann@ours.test Sent 1, bob@ours.test INBOX 1")]
    [InlineData("bodies.hash", "DELETE FROM body_chunks WHERE id = (SELECT MAX(id) FROM bodies) * 65536 + 1", "bob@ours.test INBOX 2")]
    [InlineData("bodies.hash", "DELETE FROM body_chunks WHERE id = (SELECT MAX(id) FROM bodies) * 65536", "bob@ours.test INBOX 2")]
    [InlineData("emails.body_id", "DELETE FROM body_chunks WHERE id / 65536 = (SELECT MAX(id) FROM bodies); DELETE FROM bodies WHERE id = (SELECT MAX(id) FROM bodies)", "bob@ours.test INBOX 2")]
    [InlineData("messages.email_id", "DELETE FROM emails WHERE id = (SELECT MAX(id) FROM emails); UPDATE bodies SET refs = 0 WHERE id = (SELECT MAX(id) FROM bodies)", "bob@ours.test INBOX 2")]
    public async Task What_is_lost_is_told_by_message_and_nothing_of_it_is_dropped(string check, string damage, string where)
    {
        await Fill();
        Damage(damage);
        var found = (await Verify(repair: true)).Where(f => f.Check == check).ToList();
        Assert.All(found, f => Assert.Equal(FindingState.Damaged, f.State));
        Assert.Equal(where, string.Join(", ", found.Select(f => $"{f.Account} {f.Mailbox} {f.Uid}").Order(StringComparer.Ordinal)));
        Assert.All(found, f => Assert.Contains("restore it from a backup", f.What, StringComparison.Ordinal));
        // it is still there, and still told; and a body that may be the one of a message that has lost it stays
        if (check == "messages.email_id") Assert.Contains(await Verify(repair: true), f => f is { Check: "bodies", State: FindingState.Damaged });
        Assert.Equal(found, (await Verify()).Where(f => f.Check == check));
        using var reader = Store.Read(Bob.Id);
        Assert.Equal(2, reader.Open("INBOX")!.Uids.Count);
    }

    [Fact]
    public async Task What_is_left_of_an_account_that_was_removed_goes_but_not_what_the_directory_lost()
    {
        await Fill();
        await _directory.Admin.Accounts.RemoveAsync("bob@ours.test", Cancel);
        // removed here, and the node ended before its mailboxes went
        var finding = Assert.Single(await Verify());
        Assert.Equal(("accounts", "account 2", FindingState.Found), (finding.Check, finding.Account, finding.State));
        Assert.Equal(FindingState.Repaired, Assert.Single(await Verify(repair: true)).State);
        Assert.Empty(await Verify());
        Assert.DoesNotContain(Contents(Store), c => c.StartsWith("2 ", StringComparison.Ordinal));
        Assert.Equal(5, Contents(Store).Count);

        // a directory that never had it
        using var other = new DirectoryBench();
        finding = Assert.Single(await Verify(repair: true, directory: other));
        Assert.Equal(FindingState.Damaged, finding.State);
        Assert.Contains("never had", finding.What, StringComparison.Ordinal);
        Assert.Equal(5, Contents(Store).Count);
    }

    [Fact]
    public async Task Only_one_account_is_looked_at_where_one_is_named()
    {
        await Fill();
        Damage("UPDATE accounts SET octets = 5; UPDATE emails SET refs = 9; UPDATE bodies SET refs = 9");
        var found = await Verify(account: "bob@ours.test", repair: true);
        Assert.Equal(["accounts.octets", "bodies.refs", "bodies.refs", "emails.refs", "emails.refs"], found.Select(f => f.Check).Order(StringComparer.Ordinal));
        Assert.Empty(await Verify(account: "bob@ours.test"));
        Assert.NotEmpty(await Verify());
        await Assert.ThrowsAsync<DirectoryException>(() => Verify(account: "carl@ours.test"));
    }

    [Fact]
    public async Task A_session_that_has_the_mailbox_open_is_told()
    {
        await using var server = new ImapServer();
        using var directory = await DirectoryBench.With("tim");
        using var client = await server.ConnectAsync();
        for (int i = 0; i < 4; i++) await client.OkAsync($"APPEND INBOX {{{{Subject: {i}\r\n\r\nx\r\n}}}}");
        await client.OkAsync("SELECT INBOX");
        // the second is listed no more, of the third there is nothing but the list, and the fourth has a flag that nobody knows
        Damage("UPDATE uid_runs SET last_uid = 1; INSERT INTO uid_runs VALUES (1, 3, 4); DELETE FROM messages WHERE uid = 3; UPDATE messages SET flags = 1024 WHERE uid = 4", server.Folder);
        var check = new StoreCheck(server.Mailboxes, directory.Admin.Accounts);
        Assert.NotEmpty(await Run(check, null, repair: true));
        Assert.Empty(await Run(check, null, repair: false));
        var told = (await client.OkAsync("NOOP")).Untagged;
        // two numbers go and one message comes
        Assert.Equal(2, told.Count(line => line.EndsWith(" EXPUNGE", StringComparison.Ordinal)));
        Assert.Contains("* 3 EXISTS", told);
        Assert.Contains(told, line => line.Contains("FETCH", StringComparison.Ordinal) && line.Contains("FLAGS ()", StringComparison.Ordinal));
        var fetched = (await client.OkAsync("UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])")).Untagged;
        Assert.Equal(["1 UID 0", "4 UID 3", "5 UID 1"], fetched.Select(line => $"{Between(line, "UID ", " ")} UID {Between(line, "Subject: ", "\r")}"));
    }

    /// <summary>Repairs among deliveries that go on: counters are right in the end, and no message is lost.</summary>
    [Fact]
    public async Task It_is_repaired_while_mail_comes_and_goes()
    {
        await Fill();
        using var body = Body("Subject: busy\r\n\r\nx\r\n");
        using var stop = new CancellationTokenSource();
        int delivered = 0, removed = 0;
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(async () =>
        {
            for (int i = 0; i < 1000 && !stop.IsCancellationRequested; i++)
            {
                Assert.True(await Client.DeliverAsync(Bob, new((ulong)(n * 1_000_000 + i + 1)), Bob.Address, new(body)));
                int number = Interlocked.Increment(ref delivered);
                if (number % 3 != 0) continue;
                long inbox;
                uint uid;
                using (var reader = Store.Read(Bob.Id)) (inbox, uid) = reader.Open("INBOX") is { } open ? (open.Info.Id, open.Uids.UidAt(open.Uids.Count)) : default;
                Interlocked.Add(ref removed, (await Client.RemoveAsync(Bob, inbox, [new(uid, uid)])).Length);
            }
        })));
        for (int i = 0; i < 10; i++)
        {
            Damage("""
                UPDATE mailboxes SET messages = messages + 17, octets = octets - 5, unseen = unseen + 1; UPDATE accounts SET octets = octets + 1000, messages = messages - 3;
                UPDATE emails SET refs = refs + 2; UPDATE bodies SET refs = refs + 5; UPDATE messages SET flags = flags | 4096 WHERE uid % 5 = 0; UPDATE mailboxes SET mod_seq = 0
                """);
            Assert.All(await Verify(repair: true), f => Assert.Equal(FindingState.Repaired, f.State));
            Assert.Empty(await Verify());
        }
        await stop.CancelAsync();
        await load;
        Assert.True(delivered > 20, $"{delivered}");
        Assert.Empty(await Verify());
        using var after = Store.Read(Bob.Id);
        Assert.Equal(2 + delivered - removed, after.Find("INBOX")!.Messages);
    }

    [Fact]
    public async Task A_damaged_file_is_told()
    {
        await Fill();
        Damage("PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE INDEX emails_body ON emails (refs)' WHERE name = 'emails_body'; PRAGMA schema_version = 999");
        var found = await Verify(repair: true);
        Assert.Contains(found, f => f is { Check: "file", State: FindingState.Damaged } && f.What.Contains("table emails", StringComparison.Ordinal));
        Damage("INSERT INTO keywords VALUES (99, 5, 'x')");
        Assert.Contains(await Verify(), f => f is { Check: "keywords", State: FindingState.Damaged });
    }

    private Task<List<StoreFinding>> Verify(bool repair = false, string? account = null, DirectoryBench? directory = null) =>
        Run(new(Client, (directory ?? _directory).Admin.Accounts), account, repair);

    internal static async Task<List<StoreFinding>> Run(StoreCheck check, string? account, bool repair)
    {
        var findings = new List<StoreFinding>();
        for (string? after = null; ;)
        {
            var page = await check.RunAsync(account, after, repair, Cancel);
            findings.AddRange(page.Findings);
            if (page.Next is null) return findings;
            Assert.NotEqual(after, page.Next);
            after = page.Next;
        }
    }

    private void Damage(string sql) => Damage(sql, Folder);

    private static void Damage(string sql, string folder)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "mailboxes.db")};Foreign Keys=False;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE; " + sql + "; COMMIT";
        command.ExecuteNonQuery();
    }

    /// <summary>All that the accounts have, but for UIDs and keywords, which a repair may change.</summary>
    private static List<string> Contents(MailStore store)
    {
        var all = new List<string>();
        foreach (long id in new[] { Ann.Id, Bob.Id })
        {
            using var reader = store.Read(id);
            foreach (var mailbox in reader.List())
                foreach (var (message, content) in reader.Contents(mailbox.Id, new(1, uint.MaxValue)))
                {
                    byte[] octets = new byte[content.Size];
                    for (int done = 0, count; (count = reader.Read(content, done, octets.AsSpan(done))) > 0; done += count) { }
                    all.Add($"{id} {mailbox.Name} {message.Flags & MailFlags.System} {message.ReceivedAt:O} {Encoding.Latin1.GetString(octets)}");
                }
        }
        all.Sort(StringComparer.Ordinal);
        return all;
    }

    private static string Between(string text, string start, string end)
    {
        string rest = text[(text.IndexOf(start, StringComparison.Ordinal) + start.Length)..];
        return rest[..rest.IndexOf(end, StringComparison.Ordinal)];
    }
}
