using System.Collections.Immutable;
using System.Text;
using Akka.Actor;
using Microsoft.Extensions.Time.Testing;
using Mta.Accounts;
using Mta.Mail;
using Mta.Mailbox;
using Mta.Mailbox.Changes;

namespace Mta.Tests.Mailbox;

/// <summary>The mailboxes through what others use of them.</summary>
public sealed class MailStoreTests : IAsyncDisposable
{
    private static readonly Account Ann = new(1, "ann@ours.test", 0, 0), Bob = new(2, "bob@ours.test", 0, 0);
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-mail-").FullName;
    private readonly FakeTimeProvider _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ActorSystem _system = ActorSystem.Create("mail");
    private MailStore _store;
    private MailboxClient _client;

    public MailStoreTests()
    {
        _store = MailStore.Open(_folder, _clock);
        _client = _store.Start(_system);
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_is_appended_can_be_read_octet_by_octet()
    {
        using var body = Body("Subject: one\r\n\r\n" + new string('x', 200_000) + "\r\n");
        var appended = await _client.AppendAsync(Ann, "INBOX", new NewMessage(body, "Delivered-To: ann\r\n"u8.ToArray(), MailFlags.Flagged, ["$Important"], null));
        Assert.Equal(1u, appended.Uid);
        using var reader = _store.Read(Ann.Id);
        var opened = reader.Open("INBOX")!;
        Assert.Equal((1, 2u, 1L), (opened.Uids.Count, opened.Info.UidNext, opened.Info.Unseen));
        Assert.Equal(["$Important"], opened.Keywords.Names);
        var (message, content) = Assert.Single(reader.Contents(opened.Info.Id, new(1, 10)).ToList());
        Assert.Equal(MailFlags.Flagged | opened.Keywords.Find("$important"), message.Flags);
        string text = Read(reader, content);
        Assert.Equal("Delivered-To: ann\r\nSubject: one\r\n\r\n" + new string('x', 200_000) + "\r\n", text);
        Assert.Equal(text.Length, message.Size);
    }

    [Fact]
    public async Task A_message_of_the_queue_is_delivered_once_and_its_body_lies_there_once()
    {
        var id = new MessageId(77);
        using var body = Body("Subject: to all\r\n\r\nhello\r\n");
        Assert.True(await _client.DeliverAsync(Ann, id, Ann.Address, new(body)));
        Assert.False(await _client.DeliverAsync(Ann, id, Ann.Address, new(body)));
        Assert.True(await _client.DeliverAsync(Bob, id, Bob.Address, new(body)));
        using var reader = _store.Read(Ann.Id);
        Assert.Equal(1, reader.Find("INBOX")!.Messages);
        using var other = _store.Read(Bob.Id);
        var (_, mine) = reader.Contents(reader.Find("INBOX")!.Id, new(1, 1)).Single();
        var (_, his) = other.Contents(other.Find("INBOX")!.Id, new(1, 1)).Single();
        Assert.Equal(mine.BodyId, his.BodyId);
    }

    [Fact]
    public async Task The_last_who_has_a_body_takes_it_along()
    {
        using var body = Body("Subject: x\r\n\r\nx\r\n");
        var first = await _client.AppendAsync(Ann, "INBOX", new NewMessage(body));
        await _client.CopyAsync(Ann, first.MailboxId, [new(1, 1)], "Sent");
        MessageContent content;
        using (var reader = _store.Read(Ann.Id)) content = reader.Contents(first.MailboxId, new(1, 1)).Single().Content;
        Assert.Equal([new UidRun(1, 1)], await _client.RemoveAsync(Ann, first.MailboxId, [new(1, 1)]));
        using (var reader = _store.Read(Ann.Id)) Assert.Equal("Subject: x\r\n\r\nx\r\n", Read(reader, reader.Content(content.EmailId)!));
        await _client.DeleteAsync(Ann, "Sent");
        using (var reader = _store.Read(Ann.Id))
        {
            Assert.Null(reader.Content(content.EmailId));
            Assert.Equal(0, reader.Read(content, 0, new byte[10]));
            Assert.Equal((0L, 0L), reader.Usage());
        }
    }

    [Fact]
    public async Task Mod_sequences_rise_and_say_what_has_changed()
    {
        using var body = Body("a: b\r\n\r\n");
        long mailbox = (await _client.AppendAsync(Ann, "INBOX", new NewMessage(body))).MailboxId;
        for (int i = 0; i < 4; i++) await _client.AppendAsync(Ann, "INBOX", new NewMessage(body));
        long before;
        using (var reader = _store.Read(Ann.Id)) before = reader.Find("INBOX")!.ModSeq;
        var stored = await _client.StoreFlagsAsync(Ann, mailbox, [new(2, 3)], FlagChange.Add, MailFlags.Seen, []);
        Assert.Equal([2u, 3u], stored.Messages.Select(m => m.Uid));
        await _client.RemoveAsync(Ann, mailbox, [new(4, 4)]);
        // changed since, and left alone
        var refused = await _client.StoreFlagsAsync(Ann, mailbox, [new(1, 3)], FlagChange.Add, MailFlags.Deleted, [], unchangedSince: before);
        Assert.Equal([2u, 3u], refused.Modified);
        Assert.Equal(1u, Assert.Single(refused.Messages).Uid);
        using (var reader = _store.Read(Ann.Id))
        {
            Assert.Equal([1u, 2u, 3u], reader.ChangedSince(mailbox, new(1, 100), before).Select(m => m.Uid));
            Assert.Equal([new UidRun(4, 4)], reader.ExpungedSince(mailbox, before));
            var info = reader.Find("INBOX")!;
            Assert.Equal((4L, 2L, 1L), (info.Messages, info.Unseen, info.Deleted));
            Assert.Equal([new UidRun(1, 3), new UidRun(5, 5)], reader.Open("INBOX")!.Uids.Runs);
        }
    }

    [Fact]
    public async Task A_mailbox_that_is_made_again_has_other_UIDs()
    {
        await _client.CreateAsync(Ann, "a/b/c");
        uint first;
        using (var reader = _store.Read(Ann.Id)) first = reader.Find("a/b/c")!.UidValidity;
        using (var reader = _store.Read(Ann.Id)) Assert.NotNull(reader.Find("a/b"));
        await _client.DeleteAsync(Ann, "a/b/c");
        await _client.CreateAsync(Ann, "a/b/c");
        using (var reader = _store.Read(Ann.Id)) Assert.True(reader.Find("a/b/c")!.UidValidity > first);
        Assert.Equal(MailboxProblem.HasChildren, (await Assert.ThrowsAsync<MailboxException>(() => _client.DeleteAsync(Ann, "a"))).Problem);
        Assert.Equal(MailboxProblem.Exists, (await Assert.ThrowsAsync<MailboxException>(() => _client.CreateAsync(Ann, "a/b"))).Problem);
        Assert.Equal(MailboxProblem.Cannot, (await Assert.ThrowsAsync<MailboxException>(() => _client.CreateAsync(Ann, "a//b"))).Problem);
    }

    [Fact]
    public async Task Those_below_go_along_with_a_name_and_what_is_in_INBOX_goes_without_it()
    {
        using var body = Body("a: b\r\n\r\n");
        await _client.CreateAsync(Ann, "work/2026/may");
        await _client.AppendAsync(Ann, "work/2026/may", new NewMessage(body));
        await _client.RenameAsync(Ann, "work", "old/work");
        using (var reader = _store.Read(Ann.Id))
        {
            Assert.Equal(["old", "old/work", "old/work/2026", "old/work/2026/may"], reader.List().Select(m => m.Name).Where(n => n.StartsWith("old", StringComparison.Ordinal)));
            Assert.Equal(1, reader.Find("old/work/2026/may")!.Messages);
        }
        await _client.AppendAsync(Ann, "INBOX", new NewMessage(body));
        await _client.RenameAsync(Ann, "INBOX", "kept");
        using (var reader = _store.Read(Ann.Id)) Assert.Equal((0L, 1L), (reader.Find("INBOX")!.Messages, reader.Find("kept")!.Messages));
    }

    [Fact]
    public async Task What_is_beyond_the_quota_is_refused_and_changes_nothing()
    {
        var small = Ann with { Quota = 30 };
        using var body = Body("a: b\r\n\r\n0123456789\r\n");
        await _client.AppendAsync(small, "INBOX", new NewMessage(body));
        Assert.Equal(MailboxProblem.OverQuota, (await Assert.ThrowsAsync<MailboxException>(() => _client.AppendAsync(small, "INBOX", new NewMessage(body)))).Problem);
        Assert.Equal(MailboxProblem.OverQuota, (await Assert.ThrowsAsync<MailboxException>(() => _client.DeliverAsync(small, new(5), small.Address, new(body)))).Problem);
        using (var reader = _store.Read(Ann.Id)) Assert.Equal(1, reader.Find("INBOX")!.Messages);
        // nor is it taken for delivered
        Assert.True(await _client.DeliverAsync(Ann, new(5), Ann.Address, new(body)));
    }

    [Fact]
    public async Task Many_at_once_lose_nothing_and_what_fails_troubles_nobody()
    {
        using var body = Body("a: b\r\n\r\n");
        var work = Enumerable.Range(0, 400).Select(async i =>
        {
            if (i % 10 != 0)
            {
                await _client.AppendAsync(i % 2 == 0 ? Ann : Bob, "INBOX", new NewMessage(body));
                return 0;
            }
            await Assert.ThrowsAsync<MailboxException>(() => _client.AppendAsync(Ann, "nowhere", new NewMessage(body)));
            return 1;
        });
        Assert.Equal(40, (await Task.WhenAll(work)).Sum());
        using var ann = _store.Read(Ann.Id);
        using var bob = _store.Read(Bob.Id);
        Assert.Equal(160, ann.Find("INBOX")!.Messages);
        Assert.Equal(200, bob.Find("INBOX")!.Messages);
        Assert.Equal([new UidRun(1, 160)], ann.Open("INBOX")!.Uids.Runs);
    }

    [Fact]
    public async Task It_is_all_there_when_it_is_opened_again()
    {
        using (var body = Body("a: b\r\n\r\n"))
        {
            await _client.AppendAsync(Ann, "INBOX", new NewMessage(body));
            await _client.AppendAsync(Ann, "INBOX", new NewMessage(body));
            await _client.RemoveAsync(Ann, (await _client.AppendAsync(Ann, "INBOX", new NewMessage(body))).MailboxId, [new(3, 3)]);
        }
        _store.Dispose();
        _store = MailStore.Open(_folder, _clock);
        using var reader = _store.Read(Ann.Id);
        var opened = reader.Open("INBOX")!;
        Assert.Equal((2, 4u), (opened.Uids.Count, opened.Info.UidNext));
    }

    [Fact]
    public async Task Answers_to_a_message_are_of_its_thread()
    {
        using var first = Body("Message-ID: <1@x>\r\n\r\n");
        using var answer = Body("Message-ID: <2@x>\r\nIn-Reply-To: <1@x>\r\n\r\n");
        using var other = Body("Message-ID: <3@x>\r\n\r\n");
        long mailbox = 0;
        foreach (var body in new[] { first, answer, other }) mailbox = (await _client.AppendAsync(Ann, "INBOX", new NewMessage(body))).MailboxId;
        using var reader = _store.Read(Ann.Id);
        var threads = reader.Messages(mailbox, new(1, 3)).Select(m => m.ThreadId).ToList();
        Assert.Equal(threads[0], threads[1]);
        Assert.NotEqual(threads[0], threads[2]);
    }

    private StagedBody Body(string text)
    {
        var body = _store.Stage();
        // in pieces, as it comes over the wire
        foreach (byte[] piece in Encoding.ASCII.GetBytes(text).Chunk(70_000)) body.Write(piece);
        body.Finish();
        return body;
    }

    private static string Read(MailboxReader reader, MessageContent content)
    {
        var text = new StringBuilder();
        byte[] piece = new byte[10_000];
        long offset = 0;
        for (int count; (count = reader.Read(content, offset, piece)) > 0; offset += count) text.Append(Encoding.ASCII.GetString(piece, 0, count));
        return text.ToString();
    }
}
