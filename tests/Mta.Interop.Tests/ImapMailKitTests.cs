using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MailKit.Security;
using MimeKit;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>MailKit's IMAP client, which knows most extensions, does all that it can.</summary>
public sealed class ImapMailKitTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-256-PLUS")]
    [InlineData("OAUTHBEARER")]
    [InlineData("XOAUTH2")]
    public async Task Each_mechanism_lets_in(string name)
    {
        await using var node = await ImapNode.Start();
        foreach (bool isImplicit in (bool[])[false, true])
        {
            SaslMechanism mechanism = name switch
            {
                "PLAIN" => new SaslMechanismPlain(BenchAccounts.Name, BenchAccounts.Password),
                "SCRAM-SHA-256" => new SaslMechanismScramSha256(BenchAccounts.Name, BenchAccounts.Password),
                "SCRAM-SHA-256-PLUS" => new SaslMechanismScramSha256Plus(BenchAccounts.Name, BenchAccounts.Password),
                "OAUTHBEARER" => new SaslMechanismOAuthBearer(BenchAccounts.Name, node.Submission.Accounts.Token()),
                _ => new SaslMechanismOAuth2(BenchAccounts.Name, node.Submission.Accounts.Token()),
            };
            using var client = await node.Connect(mechanism, isImplicit);
            await client.Inbox.OpenAsync(FolderAccess.ReadWrite, Cancel);
            await client.DisconnectAsync(true, Cancel);
        }
    }

    [Fact]
    public async Task A_wrong_password_is_refused()
    {
        await using var node = await ImapNode.Start();
        await Assert.ThrowsAsync<AuthenticationException>(() => node.Connect(new SaslMechanismPlain(BenchAccounts.Name, "guess")));
    }

    [Fact]
    public async Task Folders_are_made_listed_renamed_and_removed()
    {
        await using var node = await ImapNode.Start();
        using var client = await node.Connect();
        Assert.True(client.Capabilities.HasFlag(
            ImapCapabilities.IMAP4rev1 | ImapCapabilities.Idle | ImapCapabilities.QuickResync | ImapCapabilities.Move | ImapCapabilities.UidPlus | ImapCapabilities.ESearch
            | ImapCapabilities.Sort | ImapCapabilities.Thread | ImapCapabilities.SpecialUse | ImapCapabilities.ListStatus | ImapCapabilities.MultiAppend | ImapCapabilities.Quota
            | ImapCapabilities.ObjectID | ImapCapabilities.Preview | ImapCapabilities.SaveDate | ImapCapabilities.StatusSize | ImapCapabilities.UTF8Accept), client.Capabilities.ToString());
        var root = client.GetFolder(client.PersonalNamespaces[0]);
        Assert.Equal(["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"], (await root.GetSubfoldersAsync(false, Cancel)).Select(f => f.FullName).Order(StringComparer.Ordinal));
        Assert.Equal("Sent", client.GetFolder(SpecialFolder.Sent)?.FullName);
        var work = (await root.CreateAsync("Arbeit & Spaß", isMessageFolder: true, Cancel))!;
        var below = (await work.CreateAsync("日本", isMessageFolder: true, Cancel))!;
        Assert.Equal("Arbeit & Spaß/日本", below.FullName);
        await below.SubscribeAsync(Cancel);
        Assert.Contains(await root.GetSubfoldersAsync(true, Cancel), f => f.Name == "Arbeit & Spaß" || f.Name == "INBOX");
        await work.RenameAsync(root, "Play", Cancel);
        Assert.Equal(["Play/日本"], (await work.GetSubfoldersAsync(StatusItems.Count | StatusItems.Unread | StatusItems.Size, false, Cancel)).Select(f => f.FullName));
        await Assert.ThrowsAsync<ImapCommandException>(() => work.DeleteAsync(Cancel));
        await (await client.GetFolderAsync("Play/日本", Cancel)).DeleteAsync(Cancel);
        await work.DeleteAsync(Cancel);
        Assert.DoesNotContain(await root.GetSubfoldersAsync(false, Cancel), f => f.Name == "Play");
        await client.DisconnectAsync(true, Cancel);
    }

    [Fact]
    public async Task Messages_are_appended_fetched_searched_sorted_and_threaded()
    {
        await using var node = await ImapNode.Start();
        using var client = await node.Connect();
        var inbox = client.Inbox;
        await inbox.OpenAsync(FolderAccess.ReadWrite, Cancel);
        var uids = await inbox.AppendAsync([.. Enumerable.Range(0, 5).Select(i => new AppendRequest(Message(i), i % 2 == 0 ? MessageFlags.Seen : MessageFlags.None))], Cancel);
        Assert.Equal([1u, 2u, 3u, 4u, 5u], uids.Select(u => u.Id));
        Assert.Equal(5, inbox.Count);

        var summaries = await inbox.FetchAsync(0, -1, MessageSummaryItems.All | MessageSummaryItems.UniqueId | MessageSummaryItems.BodyStructure | MessageSummaryItems.PreviewText | MessageSummaryItems.References
            | MessageSummaryItems.ModSeq | MessageSummaryItems.EmailId | MessageSummaryItems.ThreadId | MessageSummaryItems.SaveDate, Cancel);
        Assert.Equal(5, summaries.Count);
        Assert.All(summaries, (s, i) =>
        {
            Assert.Equal((i % 2 == 0 ? "" : "Re: ") + "topic " + i / 2, s.Envelope!.Subject);
            Assert.Equal($"Text {i} mit Grüßen", s.PreviewText);
            Assert.Equal(2, Assert.IsType<BodyPartMultipart>(s.Body).BodyParts.Count);
            Assert.NotNull(s.EmailId);
            Assert.NotNull(s.ThreadId);
        });
        // a reply has the thread of what it answers
        Assert.Equal(summaries[0].ThreadId, summaries[1].ThreadId);
        for (int i = 0; i < 5; i++)
        {
            using var stream = await inbox.GetStreamAsync(uids[i], Cancel);
            using var octets = new MemoryStream();
            await stream.CopyToAsync(octets, Cancel);
            Assert.Equal(Octets(Message(i)), octets.ToArray());
            var part = (MimePart)await inbox.GetBodyPartAsync(uids[i], ((BodyPartMultipart)summaries[i].Body!).BodyParts[1], Cancel);
            using var attached = new MemoryStream();
            await part.Content!.DecodeToAsync(attached, Cancel);
            Assert.Equal([0, 1, 2, (byte)i], attached.ToArray());
        }

        Assert.Equal([2u, 4u], (await inbox.SearchAsync(SearchQuery.NotSeen, Cancel)).Select(u => u.Id));
        Assert.Equal([4u], (await inbox.SearchAsync(SearchQuery.NotSeen.And(SearchQuery.BodyContains("TEXT 3 MIT GRÜSSEN").Or(SearchQuery.BodyContains("text 3 mit grüßen"))), Cancel)).Select(u => u.Id));
        Assert.Equal([1u, 2u], (await inbox.SearchAsync(SearchQuery.SubjectContains("topic 0"), Cancel)).Select(u => u.Id));
        var results = await inbox.SearchAsync(SearchOptions.Count | SearchOptions.Min | SearchOptions.Max | SearchOptions.All, SearchQuery.All, Cancel);
        Assert.Equal((5, 1u, 5u), (results.Count, results.Min!.Value.Id, results.Max!.Value.Id));
        Assert.Equal([5u, 4u, 3u, 2u, 1u], (await inbox.SortAsync(SearchQuery.All, [OrderBy.ReverseDate], Cancel)).Select(u => u.Id));
        Assert.Equal([1u, 2u, 3u, 4u, 5u], (await inbox.SortAsync(SearchQuery.All, [OrderBy.Subject, OrderBy.Date], Cancel)).Select(u => u.Id));
        var threads = await inbox.ThreadAsync(ThreadingAlgorithm.References, SearchQuery.All, Cancel);
        Assert.Equal([1u, 3u, 5u], threads.Select(t => t.UniqueId!.Value.Id));
        Assert.Equal([2u, 4u], threads.SelectMany(t => t.Children).Select(t => t.UniqueId!.Value.Id));
        await client.DisconnectAsync(true, Cancel);
    }

    [Fact]
    public async Task Who_idles_is_told_of_what_arrives_and_goes()
    {
        await using var node = await ImapNode.Start();
        using var idler = await node.Connect();
        await idler.Inbox.OpenAsync(FolderAccess.ReadOnly, Cancel);
        using var done = new CancellationTokenSource();
        var (arrived, flagged) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        idler.Inbox.CountChanged += (_, _) => arrived.TrySetResult();
        idler.Inbox.MessageFlagsChanged += (_, _) => flagged.TrySetResult();
        idler.Inbox.MessageExpunged += (_, _) => done.Cancel();
        var idling = idler.IdleAsync(done.Token, Cancel);
        await node.Add("INBOX", [Octets(Message(0))]);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        using var other = await node.Connect();
        await other.Inbox.OpenAsync(FolderAccess.ReadWrite, Cancel);
        await other.Inbox.StoreAsync(0, new StoreFlagsRequest(StoreAction.Add, MessageFlags.Deleted), Cancel);
        await flagged.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        await other.Inbox.ExpungeAsync(Cancel);
        await idling.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(0, idler.Inbox.Count);
    }

    [Fact]
    public async Task Who_comes_again_is_told_what_has_changed()
    {
        await using var node = await ImapNode.Start();
        await node.Add("INBOX", Enumerable.Range(0, 10).Select(i => Octets(Message(i))));
        uint validity;
        ulong modSeq;
        using (var client = await node.Connect())
        {
            await client.EnableQuickResyncAsync(Cancel);
            await client.Inbox.OpenAsync(FolderAccess.ReadOnly, Cancel);
            (validity, modSeq) = (client.Inbox.UidValidity, client.Inbox.HighestModSeq);
            await client.DisconnectAsync(true, Cancel);
        }
        using (var other = await node.Connect())
        {
            await other.Inbox.OpenAsync(FolderAccess.ReadWrite, Cancel);
            await other.Inbox.StoreAsync(new UniqueId(2), new StoreFlagsRequest(StoreAction.Add, MessageFlags.Flagged), Cancel);
            var moved = await other.Inbox.MoveToAsync([new UniqueId(4), new UniqueId(5)], await other.GetFolderAsync("Archive", Cancel), Cancel);
            Assert.Equal([1u, 2u], moved.Destination.Select(u => u.Id));
            await other.DisconnectAsync(true, Cancel);
        }
        using (var client = await node.Connect())
        {
            await client.EnableQuickResyncAsync(Cancel);
            var (vanished, changed) = (new List<uint>(), new List<(uint, MessageFlags)>());
            client.Inbox.MessagesVanished += (_, e) => vanished.AddRange(e.UniqueIds.Select(u => u.Id));
            client.Inbox.MessageFlagsChanged += (_, e) => changed.Add((e.UniqueId!.Value.Id, e.Flags));
            await client.Inbox.OpenAsync(FolderAccess.ReadOnly, validity, modSeq, [.. Enumerable.Range(1, 10).Select(i => new UniqueId((uint)i))], Cancel);
            Assert.Equal([4u, 5u], vanished);
            Assert.Equal([(2u, MessageFlags.Flagged)], changed);
            Assert.Equal(8, client.Inbox.Count);
        }
    }

    [Fact]
    public async Task Compressed_it_appends_replaces_fetches_and_idles()
    {
        await using var node = await ImapNode.Start();
        using var client = await node.Connect();
        Assert.True(client.Capabilities.HasFlag(ImapCapabilities.Compress | ImapCapabilities.Replace | ImapCapabilities.Catenate), client.Capabilities.ToString());
        await client.CompressAsync(Cancel);
        await client.Inbox.OpenAsync(FolderAccess.ReadWrite, Cancel);
        var large = Message(1);
        byte[] noise = new byte[2_000_000];
        new Random(1).NextBytes(noise);
        large.Body = new MimePart("application", "octet-stream") { Content = new MimeContent(new MemoryStream(noise)), ContentTransferEncoding = ContentEncoding.Base64 };
        var first = (await client.Inbox.AppendAsync(new AppendRequest(Message(0)), Cancel))!.Value;
        var gone = new List<int>();
        client.Inbox.MessageExpunged += (_, e) => gone.Add(e.Index);
        var second = (await client.Inbox.ReplaceAsync(first, new ReplaceRequest(large, MessageFlags.Draft), Cancel))!.Value;
        Assert.Equal((1u, 2u), (first.Id, second.Id));
        Assert.Equal(Octets(large), Octets(await client.Inbox.GetMessageAsync(second, Cancel)));
        await client.NoOpAsync(Cancel);
        Assert.Equal([0], gone);
        Assert.Equal(1, client.Inbox.Count);
        Assert.Equal([MessageFlags.Draft], (await client.Inbox.FetchAsync([second], MessageSummaryItems.Flags, Cancel)).Select(m => m.Flags!.Value & ~MessageFlags.Recent));
        using var done = new CancellationTokenSource();
        client.Inbox.CountChanged += (_, _) => done.Cancel();
        var idling = client.IdleAsync(done.Token, Cancel);
        await node.Add("INBOX", [Octets(Message(2))]);
        await idling.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(2, client.Inbox.Count);
        await client.DisconnectAsync(true, Cancel);
    }

    private static MimeMessage Message(int number)
    {
        var message = new MimeMessage
        {
            Subject = (number % 2 == 0 ? "" : "Re: ") + "topic " + number / 2,
            Date = new(2026, 1, 1 + number, 10, 0, 0, TimeSpan.Zero),
            MessageId = $"m{number}@src.test",
        };
        message.From.Add(new MailboxAddress("Änne", "anne@src.test"));
        message.To.Add(MailboxAddress.Parse(BenchAccounts.Name));
        if (number % 2 == 1) message.References.Add($"m{number - 1}@src.test");
        var attachment = new MimePart("application", "octet-stream") { Content = new MimeContent(new MemoryStream([0, 1, 2, (byte)number])), ContentTransferEncoding = ContentEncoding.Base64 };
        message.Body = new Multipart("mixed", [new TextPart("plain") { Text = $"Text {number} mit Grüßen\r\n" }, attachment]) { Boundary = $"b{number}" };
        return message;
    }

    private static byte[] Octets(MimeMessage message)
    {
        using var octets = new MemoryStream();
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        message.WriteTo(format, octets);
        return octets.ToArray();
    }
}
