using System.Text;
using Akka.Actor;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Pop3;
using Mta.Protocol.Pop3;

namespace Mta.Tests.Pop3;

/// <summary>The maildrop over the real mailboxes.</summary>
public sealed class InboxMaildropsTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-maildrops-").FullName;
    private readonly ActorSystem _system = ActorSystem.Create("maildrops", "akka.loglevel = WARNING\nakka.stdout-loglevel = OFF\nakka.loggers = []");
    private readonly Account _account = new(7, "tim@pop.test", 0, 0);
    private readonly MailStore _store;
    private readonly MailboxClient _mailboxes;
    private readonly InboxMaildrops _maildrops;

    public InboxMaildropsTests()
    {
        _store = MailStore.Open(_folder, TimeProvider.System);
        _mailboxes = _store.Start(_system);
        _maildrops = new(_mailboxes);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<uint> Add(string text)
    {
        using var body = _store.Stage();
        body.Write(Encoding.Latin1.GetBytes(text));
        body.Finish();
        return (await _mailboxes.AppendAsync(_account, MailboxName.Inbox, new NewMessage(body))).Uid;
    }

    private async Task<string?> Read(IMaildrop drop, Pop3Message message)
    {
        if (await drop.FindAsync(message, Cancel) is not { } text) return null;
        var all = new StringBuilder();
        byte[] piece = new byte[1000];
        int count;
        for (long offset = 0; (count = await text.ReadAsync(offset, piece, Cancel)) > 0; offset += count) all.Append(Encoding.Latin1.GetString(piece, 0, count));
        Assert.Equal(text.Size, all.Length);
        return all.ToString();
    }

    [Fact]
    public async Task Who_has_no_mailbox_yet_has_an_empty_one()
    {
        var drop = await _maildrops.OpenAsync(_account, 10, Cancel);
        Assert.Empty(drop.Messages);
        Assert.NotEqual(0u, drop.UidValidity);
        Assert.Equal(drop.UidValidity, (await _maildrops.OpenAsync(_account, 10, Cancel)).UidValidity);
    }

    [Fact]
    public async Task It_is_what_was_there_whatever_others_do_meanwhile()
    {
        string[] texts = ["Subject: one\r\n\r\nfirst\r\n", "Subject: two\r\n\r\n" + string.Concat(Enumerable.Repeat("a long line\r\n", 20_000)), "Subject: three\r\n\r\nno end"];
        foreach (string text in texts) await Add(text);
        var drop = await _maildrops.OpenAsync(_account, 10, Cancel);
        Assert.Equal(texts.Select(t => (long)t.Length), drop.Messages.Select(m => m.Size));
        for (int i = 0; i < texts.Length; i++) Assert.Equal(texts[i], await Read(drop, drop.Messages[i]));

        // another session expunges, and new mail comes
        await drop.RemoveAsync([drop.Messages[1]], Cancel);
        uint late = await Add("Subject: late\r\n\r\n");
        Assert.Null(await Read(drop, drop.Messages[1]));
        Assert.Equal(texts[2], await Read(drop, drop.Messages[2]));
        await drop.RemoveAsync([drop.Messages[0], drop.Messages[1]], Cancel);
        var after = await _maildrops.OpenAsync(_account, 10, Cancel);
        Assert.Equal([drop.Messages[2].Uid, late], after.Messages.Select(m => m.Uid));
        Assert.DoesNotContain(late, drop.Messages.Select(m => m.Uid));
        Assert.Equal(drop.UidValidity, after.UidValidity);
    }

    [Theory]
    [InlineData(1, "5")]
    [InlineData(3, "3 4 5")]
    [InlineData(5, "1 2 3 4 5")]
    [InlineData(100, "1 2 3 4 5")]
    public async Task Of_many_it_has_the_newest(int most, string expected)
    {
        var uids = new List<uint>();
        for (int i = 0; i < 5; i++) uids.Add(await Add($"Subject: {i}\r\n\r\n"));
        var drop = await _maildrops.OpenAsync(_account, most, Cancel);
        Assert.Equal(expected, string.Join(' ', drop.Messages.Select(m => uids.IndexOf(m.Uid) + 1)));
    }

    [Fact]
    public async Task A_message_that_goes_while_it_is_read_ends_too_early()
    {
        await Add("Subject: one\r\n\r\n" + new string('x', 10_000) + "\r\n");
        var drop = await _maildrops.OpenAsync(_account, 10, Cancel);
        var text = (await drop.FindAsync(drop.Messages[0], Cancel))!;
        byte[] piece = new byte[1000];
        Assert.Equal(1000, await text.ReadAsync(0, piece, Cancel));
        await drop.RemoveAsync([drop.Messages[0]], Cancel);
        int count = await text.ReadAsync(1000, piece, Cancel);
        // the octets may stay for a while, but never does the end come where it is not
        Assert.True(count is 0 or 1000);
        Assert.True(text.Size > 1000);
    }
}
