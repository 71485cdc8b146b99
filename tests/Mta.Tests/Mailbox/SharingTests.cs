using System.Text;
using Akka.Actor;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Mailbox.Store;

namespace Mta.Tests.Mailbox;

/// <summary>Mailboxes that several accounts use, through what others use of them.</summary>
public sealed class SharingTests : StoreBench
{
    [Fact]
    public async Task A_copy_for_another_account_has_the_same_body_and_outlives_the_original()
    {
        long from = await AppendAsync("Subject: x\r\n\r\nx\r\n", "Return-Path: <a@b>\r\n");
        var copied = await Client.CopyAsync(Bob, from, [new(1, 1)], "INBOX", MailFlags.Any);
        Assert.Equal([1u], copied.To);
        using (var ann = Store.Read(Ann.Id))
        using (var bob = Store.Read(Bob.Id))
        {
            var (mine, his) = (ann.Contents(from, new(1, 1)).Single().Content, bob.Contents(bob.Find("INBOX")!.Id, new(1, 1)).Single().Content);
            Assert.Equal(mine.BodyId, his.BodyId);
            Assert.NotEqual(mine.EmailId, his.EmailId);
            Assert.Equal(ann.Usage(), bob.Usage());
        }
        await Client.RemoveAsync(Ann, from, [new(1, 1)]);
        using (var bob = Store.Read(Bob.Id))
        {
            var content = bob.Contents(bob.Find("INBOX")!.Id, new(1, 1)).Single().Content;
            byte[] text = new byte[100];
            Assert.Equal("Return-Path: <a@b>\r\n", Encoding.ASCII.GetString(text, 0, bob.Read(content, 0, text)));
        }
        await Client.RemoveAsync(Bob, Id(Bob, "INBOX"), [new(1, 1)]);
        using var database = new MailboxDatabase(Folder, TimeProvider.System);
        using var connection = database.Connect();
        Assert.Equal(0, connection.Scalar("SELECT COUNT(*) FROM bodies"));
        Assert.Equal(0, connection.Scalar("SELECT COUNT(*) FROM emails"));
    }

    [Fact]
    public async Task What_is_moved_to_an_account_that_has_no_room_stays()
    {
        long from = await AppendAsync("Subject: x\r\n\r\nx\r\n");
        var full = Bob with { Quota = 3 };
        Assert.Equal(MailboxProblem.OverQuota, (await Assert.ThrowsAsync<MailboxException>(() => Client.MoveAsync(Ann, from, [new(1, 1)], full, "INBOX"))).Problem);
        Assert.Equal(MailboxProblem.NoSuchMailbox, (await Assert.ThrowsAsync<MailboxException>(() => Client.MoveAsync(Ann, from, [new(1, 1)], Bob, "nowhere"))).Problem);
        using (var ann = Store.Read(Ann.Id)) Assert.Equal(1, ann.Usage().Messages);
        await Client.MoveAsync(Ann, from, [new(1, 1)], Bob, "INBOX");
        using (var ann = Store.Read(Ann.Id)) Assert.Equal((0L, 0L), ann.Usage());
    }

    [Fact]
    public async Task An_account_that_goes_takes_what_it_was_granted_along()
    {
        await Client.EnsureAsync(Bob);
        await Client.CreateAsync(Ann, "Work");
        await Client.ChangeAclAsync(Ann, "Work", Bob, _ => MailboxRights.Lookup | MailboxRights.Read);
        await Client.CreateAsync(Ann, "Work/Old");
        using (var bob = Store.Read(Bob.Id)) Assert.Equal(["Work", "Work/Old"], bob.Visible().Where(m => m.Owner == Ann.Address).Select(m => m.Info.Name));
        var told = new TaskCompletionSource<MailboxProtocol.Happened>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Client.WatchAsync(Bob.Id, Actors.ActorOf(Props.Create(() => new Listener(told))));
        await Client.RemoveAccountAsync(Bob.Id);
        using (var ann = Store.Read(Ann.Id)) Assert.Empty(ann.Acl(ann.Find("Work")!.Id).Entries);
        var lost = (await told.Task).Events.OfType<MailboxEvent.AclChanged>().ToList();
        Assert.Equal(["Work", "Work/Old"], lost.Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.All(lost, e => Assert.Equal(MailboxRights.None, e.After.Of(Bob.Id)));
    }

    [Fact]
    public async Task Who_is_granted_a_right_is_told()
    {
        await Client.CreateAsync(Ann, "Work");
        var told = new TaskCompletionSource<MailboxProtocol.Happened>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Client.WatchAsync(Bob.Id, Actors.ActorOf(Props.Create(() => new Listener(told))));
        await Client.ChangeAclAsync(Ann, "Work", Bob, _ => MailboxRights.Lookup);
        var happened = await told.Task;
        Assert.Equal(Ann.Id, happened.AccountId);
        Assert.Equal((MailboxRights.None, MailboxRights.Lookup), Assert.IsType<MailboxEvent.AclChanged>(happened.Events.Single()) is var e ? (e.Before.Of(Bob.Id), e.After.Of(Bob.Id)) : default);
    }

    private long Id(Account account, string name)
    {
        using var reader = Store.Read(account.Id);
        return reader.Find(name)!.Id;
    }

    private async Task<long> AppendAsync(string text, string trace = "")
    {
        using var body = Body(text);
        return (await Client.AppendAsync(Ann, "INBOX", new NewMessage(body, Encoding.ASCII.GetBytes(trace), MailFlags.None, [], null))).MailboxId;
    }

    private sealed class Listener(TaskCompletionSource<MailboxProtocol.Happened> told) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is MailboxProtocol.Happened happened) told.TrySetResult(happened);
        }
    }
}
