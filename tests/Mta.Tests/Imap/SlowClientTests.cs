using Mta.Mailbox;
using Mta.Mailbox.Changes;

namespace Mta.Tests.Imap;

/// <summary>A client that does not read what it asked for.</summary>
public sealed class SlowClientTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_kept_for_it_meanwhile_is_bounded(bool compressed)
    {
        await using var server = new ImapServer();
        using var slow = await server.ConnectAsync();
        using var other = await server.ConnectAsync();
        byte[] noise = new byte[16_000_000];
        new Random(1).NextBytes(noise);
        await other.OkAsync($"APPEND INBOX {{{{\r\n{Convert.ToBase64String(noise, Base64FormattingOptions.InsertLineBreaks)}}}}}");
        await other.OkAsync("SELECT INBOX");
        if (compressed) await slow.CompressAsync();
        await slow.OkAsync("SELECT INBOX");
        await slow.BeginAsync("FETCH 1 (BODY.PEEK[])");
        long inbox;
        using (var reader = server.Mailboxes.Store.Read(ImapServer.Tim.Id)) inbox = reader.Find(MailboxName.Inbox)!.Id;
        // one that reads is told of all, however much it was
        await Task.WhenAll(Enumerable.Range(0, 10_100).Select(i =>
            server.Mailboxes.StoreFlagsAsync(ImapServer.Tim, inbox, [new(1, 1)], i % 2 == 0 ? FlagChange.Add : FlagChange.Remove, MailFlags.Flagged, [])));
        await server.ConnectionsAsync(1);
        Assert.Equal(["* 1 FETCH (UID 1 FLAGS ())"], (await other.OkAsync("NOOP")).Untagged);
        await Assert.ThrowsAsync<IOException>(slow.EndAsync);
    }
}
