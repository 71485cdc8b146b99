using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>MailKit shares a mailbox with another account, notes something of it, and is told what happens there.</summary>
public sealed class ImapSharingTests
{
    private const string Ann = "ann@src.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mailbox_is_shared_read_noted_and_watched()
    {
        await using var node = await ImapNode.Start();
        await node.Submission.Node.Accounts.Accounts.AddAsync(Ann, BenchAccounts.Password, quota: 0, messagesPerHour: 0, Cancel);
        using var tim = await node.Connect();
        using var ann = await node.Connect(new SaslMechanismPlain(Ann, BenchAccounts.Password));
        Assert.True(tim.Capabilities.HasFlag(ImapCapabilities.Acl | ImapCapabilities.Metadata | ImapCapabilities.Notify | ImapCapabilities.Namespace), tim.Capabilities.ToString());
        var work = (await tim.GetFolder(tim.PersonalNamespaces[0]).CreateAsync("Work", isMessageFolder: true, Cancel))!;
        await node.Add("Work", ["Subject: one\r\n\r\none\r\n"u8.ToArray()]);

        await work.AddAccessRightsAsync(Ann, new AccessRights("lrs"), Cancel);
        var list = await work.GetAccessControlListAsync(Cancel);
        Assert.Equal([(BenchAccounts.Name, "lrswipkxteacd"), (Ann, "lrs")], list.Select(entry => (entry.Name, string.Concat(entry.Rights.Select(r => r.Right)))));
        await work.SetMetadataAsync(new MetadataCollection { new Metadata(MetadataTag.SharedComment, "plans") }, Cancel);

        var others = Assert.Single(ann.OtherNamespaces);
        Assert.Equal(("Other Users", '/'), (others.Path, others.DirectorySeparator));
        var owner = Assert.Single(await ann.GetFolder(others).GetSubfoldersAsync(false, Cancel));
        var shared = Assert.Single(await owner.GetSubfoldersAsync(false, Cancel));
        Assert.Equal($"Other Users/{BenchAccounts.Name}/Work", shared.FullName);
        Assert.Equal("lrs", string.Concat((await shared.GetMyAccessRightsAsync(Cancel)).Select(r => r.Right)));
        Assert.Equal("plans", await shared.GetMetadataAsync(MetadataTag.SharedComment, Cancel));
        await shared.OpenAsync(FolderAccess.ReadWrite, Cancel);
        Assert.Equal("one", (await shared.GetMessageAsync(0, Cancel)).Subject);
        Assert.Equal(MessageFlags.Seen, shared.PermanentFlags);
        await shared.StoreAsync(0, new StoreFlagsRequest(StoreAction.Add, MessageFlags.Seen), Cancel);
        var copied = await shared.CopyToAsync(new UniqueId(1), ann.Inbox, Cancel);
        Assert.Equal(1u, copied!.Value.Id);
        await shared.CloseAsync(false, Cancel);

        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        shared.CountChanged += (_, _) =>
        {
            if (shared.Count == 2) arrived.TrySetResult();
        };
        await ann.NotifyAsync(true, [new ImapEventGroup(new ImapMailboxFilter.Subtree(shared), [new ImapEvent.MessageNew(), ImapEvent.MessageExpunge, ImapEvent.FlagChange])], Cancel);
        Assert.Equal(1, shared.Count);
        await node.Add("Work", ["Subject: two\r\n\r\ntwo\r\n"u8.ToArray()]);
        await ann.NoOpAsync(Cancel);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel);

        await work.RemoveAccessAsync(Ann, Cancel);
        await Assert.ThrowsAsync<ImapCommandException>(() => shared.OpenAsync(FolderAccess.ReadOnly, Cancel));
        await ann.DisconnectAsync(true, Cancel);
        await tim.DisconnectAsync(true, Cancel);
    }
}
