using System.Globalization;
using System.Text;
using Mta.Accounts;
using Mta.Interop.Tests.Bench;
using Mta.Mailbox;
using Mta.Protocol.Addresses;
using Mta.Server.Commands;
using Mta.Server.MailFiles;
using Mta.Server.Web;

namespace Mta.Interop.Tests;

/// <summary>Mail in files: what is exported and imported is the same, octet by octet; and Dovecot understands it, and is understood.</summary>
public sealed class MailFileTests : IAsyncLifetime
{
    private static readonly string[] Names = ["INBOX", "INBOX/Below", "Archive", "Archive/2026", "Archive/2026/v1.0 \\ x", "Grüße & Küsse", "cur", ".hidden", "a.sbd", "a/b/c"];
    private static readonly string[] Words = ["$Blue", "$Forwarded", "$Junk", "later", "NonJunk"];

    private readonly string _folder = Directory.CreateTempSubdirectory("mta-files-").FullName;
    private WebNode _node = null!;
    private HttpClient _http = null!;
    private NodeClient _client = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await WebNode.Start();
        await _node.Node.Accounts.Domains.AddAsync("ours.test", null, Cancel);
        foreach (string name in (string[])["ann", "bob", "carl"]) await _node.Node.Accounts.Accounts.AddAsync($"{name}@ours.test", null, 0, 0, Cancel);
        var settings = _node.Node.Settings;
        _http = new AdminAccess(settings.DataDir).Connect(null);
        _client = new(_http);
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        await _node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("maildir")]
    [InlineData("maildir-fs")]
    [InlineData("mbox")]
    public async Task What_is_exported_and_imported_is_the_same(string format)
    {
        for (int seed = 1; seed <= 3; seed++)
        {
            string path = Path.Combine(_folder, seed.ToString(CultureInfo.InvariantCulture));
            await Fill("ann@ours.test", new(seed));
            var before = await Contents("ann@ours.test", wholeSeconds: format == "mbox");
            Assert.True(before.Count > 20);
            var exported = await Export("ann@ours.test", path, format);
            Assert.Equal((before.Count(c => !c.StartsWith("mailbox", StringComparison.Ordinal)), 0L, 0L), ((int)exported.Exported, exported.Present, exported.Failed));

            var imported = await Import("bob@ours.test", path, format);
            Assert.Empty(imported.Errors);
            Assert.Equal((exported.Exported, 0L, exported.Octets), (imported.Imported, imported.Present, imported.Octets));
            Assert.Equal(before, await Contents("bob@ours.test", wholeSeconds: format == "mbox"));
            // once more: nothing doubles; and where it is wanted, everything does
            imported = await Import("bob@ours.test", path, format);
            Assert.Equal((0L, exported.Exported), (imported.Imported, imported.Present));
            Assert.Equal(before, await Contents("bob@ours.test", wholeSeconds: format == "mbox"));
            // nor where it came from, as its own delivery had put it there
            Assert.Equal((0L, exported.Exported), await Import("ann@ours.test", path, format) is var own ? (own.Imported, own.Present) : default);
            Assert.Equal(exported.Exported, (await Import("bob@ours.test", path, format, again: true)).Imported);

            // what is added and changed since comes along with the next export
            await Append("ann@ours.test", "Archive", Encoding.ASCII.GetBytes("Subject: late\r\n\r\nlate\r\n"), MailFlags.None, [], DateTimeOffset.UnixEpoch.AddDays(20_000));
            await _node.Node.Mailboxes.StoreFlagsAsync(await Account("ann@ours.test"), await MailboxId("ann@ours.test", "INBOX"), [new(1, 1000)], Mailbox.Changes.FlagChange.Replace, MailFlags.Flagged, ["later"]);
            before = await Contents("ann@ours.test", wholeSeconds: format == "mbox");
            var update = await Export("ann@ours.test", path, format);
            Assert.Equal(exported.Exported + 1, update.Exported + update.Present);
            if (format != "mbox") Assert.Equal(1, update.Exported);
            await Import("carl@ours.test", path, format);
            Assert.Equal(before, await Contents("carl@ours.test", wholeSeconds: format == "mbox"));
            foreach (string name in (string[])["ann", "bob", "carl"])
            {
                await _node.Node.Accounts.Accounts.RemoveAsync($"{name}@ours.test", Cancel);
                await _node.Node.Accounts.Accounts.AddAsync($"{name}@ours.test", null, 0, 0, Cancel);
            }
        }
    }

    [Fact]
    public async Task An_mbox_of_others_is_read_as_they_meant_it()
    {
        string path = Path.Combine(_folder, "mbox");
        string[] messages =
        [
            // as mutt and Dovecot write them; then mboxcl2, which quotes nothing; then plain ones
            "From ann@src.test Fri Jan  9 10:00:00 2026\nSubject: 1\nStatus: RO\nX-Status: AF\nX-Keywords: later $Blue\nContent-Length: 5\n\ntext\n\n",
            "From bob@src.test  Sat Jan 10 11:22:33 2026 +0100\nSubject: 2\nX-Status: D\nContent-Length: 54\n\nFrom here\n\nFrom ann@src.test Fri Jan  9 10:00:00 2026\n\n",
            "From MAILER-DAEMON Sat Jan 10 11:22 2026\nSubject: 3\nContent-Length: 7\n\nwrong length\n>From me\n>>From you\nFrom nobody\n\n\n",
            "From x@y Sat Jan 10 11:22:33 CET 2026\nSubject: 4\n\n",
            "From x Sat Jan 10 11:22:33 2026\nSubject: 5\nStatus: O\n\nlast, without an end",
        ];
        await File.WriteAllTextAsync(path, string.Concat(messages), Cancel);
        Assert.Empty((await Import("ann@ours.test", path, null, into: "Old")).Errors);
        var read = await Read("ann@ours.test", "Old");
        Assert.Equal(
        [
            "Answered, Flagged, Seen $Blue later 2026-01-09T10:00:00 Subject: 1||text|",
            "Deleted  2026-01-10T10:22:33 Subject: 2||From here||From ann@src.test Fri Jan  9 10:00:00 2026|",
            "None  2026-01-10T11:22:00 Subject: 3||wrong length|From me|>From you|From nobody||",
            "None  2026-01-10T11:22:33 Subject: 4||",
            "None  2026-01-10T11:22:33 Subject: 5||last, without an end",
        ], read.Select(m => $"{Flags(m.Flags)} {string.Join(' ', m.Keywords.Order(StringComparer.Ordinal))} {m.At.UtcDateTime:s} {m.Text.Replace("\r\n", "|", StringComparison.Ordinal)}"));
    }

    [Fact]
    public async Task A_Maildir_is_read_in_both_layouts_with_all_that_Dovecot_notes()
    {
        string path = Path.Combine(_folder, "mail");
        Write("", "new/1.a", "Subject: 1\n\nx\n", 100);
        Write("", "cur/2.a:2,FSab", "Subject: 2\r\n\r\nx\r\n", 50);
        Write(".Sub.&ANw-ber", "cur/3.a:2,DPRTc", "Subject: 3\n\nx", 70);
        Write("Work/2026", "cur/4.a:2,", "Subject: 4\n", 70);
        Write("tmp", "5", "not yet\n", 70);
        await File.WriteAllTextAsync(Path.Combine(path, "dovecot-keywords"), "0 $Blue\n1 not good\n", Cancel);
        await File.WriteAllTextAsync(Path.Combine(path, "subscriptions"), "V\t2\n\nINBOX\nSub\t&ANw-ber\n", Cancel);
        var imported = await Import("ann@ours.test", path, null);
        Assert.Equal((4L, 0L), (imported.Imported, imported.Failed));
        Assert.Contains("\"not good\" cannot be a keyword", Assert.Single(imported.Warnings), StringComparison.Ordinal);
        Assert.Equal(["Flagged, Seen $Blue Subject: 2", "None  Subject: 1"], (await Read("ann@ours.test", "INBOX")).Select(m => $"{Flags(m.Flags)} {string.Join(' ', m.Keywords)} {m.Text.Split('\r')[0]}"));
        var sub = Assert.Single(await Read("ann@ours.test", "Sub/Über"));
        Assert.Equal(("Answered, Deleted, Draft", "$Forwarded", "Subject: 3\r\n\r\nx"), (Flags(sub.Flags), Assert.Single(sub.Keywords), sub.Text));
        Assert.Single(await Read("ann@ours.test", "Work/2026"));
        var views = await _client.Send<MailboxView[]>(HttpMethod.Get, "accounts/ann%40ours.test/mailboxes", Cancel);
        Assert.True(views.Single(v => v.Name == "Sub/Über").IsSubscribed);
        Assert.False(views.Single(v => v.Name == "Work/2026").IsSubscribed);

        void Write(string folder, string file, string text, int day)
        {
            string name = Path.Combine(path, folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(name)!);
            File.WriteAllText(name, text);
            File.SetLastWriteTimeUtc(name, DateTime.UnixEpoch.AddDays(20_000 + day));
        }
    }

    [Fact]
    public async Task What_cannot_be_imported_is_named_and_the_rest_goes_on()
    {
        await _node.Node.Accounts.Accounts.ChangeAsync("ann@ours.test", new(Quota: 1000), Cancel);
        string path = Path.Combine(_folder, "mail", "cur");
        Directory.CreateDirectory(path);
        await File.WriteAllTextAsync(Path.Combine(path, "1"), "Subject: fits\n\nx\n", Cancel);
        await File.WriteAllTextAsync(Path.Combine(path, "2"), "Subject: too large\n\n" + new string('x', 2000), Cancel);
        await File.WriteAllTextAsync(Path.Combine(path, "3"), "", Cancel);
        await File.WriteAllTextAsync(Path.Combine(path, "4"), "Subject: fits too\n\nx\n", Cancel);
        var imported = await Import("ann@ours.test", Path.Combine(_folder, "mail"), null);
        Assert.Equal((2L, 2L), (imported.Imported, imported.Failed));
        Assert.Contains(imported.Errors, e => e.StartsWith(Path.Combine(path, "2"), StringComparison.Ordinal) && e.Contains("quota", StringComparison.Ordinal));
        Assert.Contains(imported.Errors, e => e.StartsWith(Path.Combine(path, "3"), StringComparison.Ordinal) && e.Contains("empty", StringComparison.Ordinal));
        Assert.Throws<InvalidDataException>(() => MailFormats.Open(Path.Combine(path, "1"), MailFormat.Maildir));
        Assert.Contains("no mbox", Assert.Single((await Import("bob@ours.test", Path.Combine(path, "1"), "mbox")).Errors), StringComparison.Ordinal);
        await Assert.ThrowsAsync<NodeException>(() => Export("nobody@ours.test", Path.Combine(_folder, "none"), "mbox"));
    }

    /// <summary>Dovecot opens what was exported, with the same octets, flags, keywords and dates; and what it has then is imported.</summary>
    [Fact]
    public async Task Dovecot_reads_what_was_exported_and_is_read()
    {
        using var dovecot = await DovecotImap.Start([]);
        await Append("ann@ours.test", "INBOX", Sample(1), MailFlags.Seen | MailFlags.Flagged, ["$Blue", "$Forwarded"], new(2026, 1, 9, 10, 0, 0, TimeSpan.Zero));
        await Append("ann@ours.test", "INBOX", Sample(2), MailFlags.Answered, ["later"], new(2026, 1, 10, 10, 0, 0, TimeSpan.Zero));
        await Append("ann@ours.test", "Archive", Sample(3), MailFlags.None, [], new(2026, 1, 11, 10, 0, 0, TimeSpan.Zero));
        await _node.Node.Mailboxes.CreateAsync(await Account("ann@ours.test"), "Archive/Über");
        await Append("ann@ours.test", "Archive/Über", Sample(4), MailFlags.Draft, [], new(2026, 1, 12, 10, 0, 0, TimeSpan.Zero));
        Assert.Empty((await Export("ann@ours.test", dovecot.Mail, "maildir")).Errors);
        await dovecot.Own();

        string answer = await dovecot.Talk("a LIST \"\" *\r\nb LSUB \"\" *\r\nc SELECT INBOX\r\nd FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\ne SELECT \"Archive.&ANw-ber\"\r\nf FETCH 1 (FLAGS BODY.PEEK[])\r\n");
        Assert.Contains(Encoding.Latin1.GetString(Sample(1)), answer, StringComparison.Ordinal);
        Assert.Contains(Encoding.Latin1.GetString(Sample(2)), answer, StringComparison.Ordinal);
        Assert.Contains(Encoding.Latin1.GetString(Sample(4)), answer, StringComparison.Ordinal);
        Assert.Matches(@"\* 1 FETCH \(FLAGS \((?=[^)]*\\Seen)(?=[^)]*\\Flagged)(?=[^)]*\$Blue)(?=[^)]*\$Forwarded)[^)]*\) INTERNALDATE "" 9-Jan-2026 10:00:00 \+0000""".Replace("\" 9", "\"[ 0]9", StringComparison.Ordinal), answer);
        Assert.Matches(@"\* 2 FETCH \(FLAGS \((?=[^)]*\\Answered)(?=[^)]*later)[^)]*\)", answer);
        Assert.Contains($"RFC822.SIZE {Sample(2).Length} ", answer, StringComparison.Ordinal);
        Assert.Matches(@"\* LSUB \([^)]*\) ""\."" Archive\r", answer);

        // changed by Dovecot, and messages of its own
        byte[] own = Sample(5);
        await dovecot.Talk($"a SELECT INBOX\r\nb STORE 1 FLAGS (\\Deleted $Green)\r\nc CREATE Own.Box\r\nd APPEND Own.Box (\\Seen $Green) \"13-Jan-2026 10:00:00 +0000\" {{{own.Length}+}}\r\n{Encoding.Latin1.GetString(own)}\r\n");
        Assert.Empty((await Import("bob@ours.test", dovecot.Mail, null)).Errors);
        var inbox = await Read("bob@ours.test", "INBOX");
        Assert.Equal(["Deleted $Green", "Answered later"], inbox.Select(m => $"{Flags(m.Flags)} {string.Join(' ', m.Keywords)}"));
        Assert.Equal([Encoding.Latin1.GetString(Sample(1)), Encoding.Latin1.GetString(Sample(2))], inbox.Select(m => m.Text));
        var box = Assert.Single(await Read("bob@ours.test", "Own/Box"));
        Assert.Equal(("Seen", "$Green", Encoding.Latin1.GetString(own), "2026-01-13T10:00:00"), (Flags(box.Flags), Assert.Single(box.Keywords), box.Text, $"{box.At.UtcDateTime:s}"));
        Assert.Equal(Encoding.Latin1.GetString(Sample(4)), Assert.Single(await Read("bob@ours.test", "Archive/Über")).Text);
    }

    private static byte[] Sample(int number) =>
        Encoding.UTF8.GetBytes($"From: a@src.test\r\nSubject: number {number}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nschöne Grüße\r\n.\r\nFrom here on\r\n>From there\r\n{new string('x', number * 30_000)}\r\n");

    private static string Flags(MailFlags flags) => string.Join(", ", (flags & MailFlags.System).ToString().Split(", ").Order(StringComparer.Ordinal));

    private async Task<Account> Account(string address) =>
        await _node.Node.Directory.FindAccountAsync(new MailPath(address, "ours.test"), Cancel) ?? throw new InvalidOperationException(address);

    private async Task<long> MailboxId(string address, string name)
    {
        using var reader = _node.Node.Mailboxes.Store.Read((await Account(address)).Id);
        return reader.Find(name)!.Id;
    }

    /// <summary>Mailboxes with all that mail can have: copies, keywords, zones, lines that look like those between messages, ends of all kinds.</summary>
    private async Task Fill(string address, Random random)
    {
        var account = await Account(address);
        await _node.Node.Mailboxes.EnsureAsync(account);
        foreach (string name in Names.Where(n => random.Next(4) > 0 || n is "INBOX" or "Archive"))
        {
            try
            {
                await _node.Node.Mailboxes.CreateAsync(account, name);
            }
            catch (MailboxException)
            {
                // it is there from the beginning
            }
            if (random.Next(2) == 0) await _node.Node.Mailboxes.SubscribeAsync(account, name, subscribed: true);
            int count = name == "INBOX" ? 25 : random.Next(8);
            for (int i = 0; i < count; i++)
            {
                var at = DateTimeOffset.UnixEpoch.AddDays(19_000).AddSeconds(random.Next(100_000_000)).AddMilliseconds(random.Next(1000)).ToOffset(TimeSpan.FromMinutes(random.Next(-11, 12) * 30));
                var flags = (MailFlags)random.Next(32);
                string[] keywords = [.. Words.Where(_ => random.Next(4) == 0)];
                byte[] text = Text(random);
                uint uid = await Append(address, name, text, flags, keywords, at, random.Next(3) == 0 ? DeliveryTrace.Of("bob@src.test", address) : []);
                // the same twice in one mailbox
                if (random.Next(6) == 0) await _node.Node.Mailboxes.CopyAsync(account, await MailboxId(address, name), [new(uid, uid)], name);
            }
        }
    }

    private static byte[] Text(Random random)
    {
        string[] lines = ["From here", ">From there", ">>From where", "From ann@src.test Fri Jan  9 10:00:00 2026", "", "", ".", "Grüße", "\rx", "x\r", "Status: RO", new string('y', 70_000), "From", "Frommage", ">", ">>>"];
        var text = new StringBuilder("From: a@src.test\r\n");
        if (random.Next(3) == 0) text.Append("Status: done\r\nX-Keywords: of its own,\r\n folded\r\nContent-Length: 3\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Subject: {random.Next()}\r\n");
        if (random.Next(8) == 0) return Encoding.UTF8.GetBytes(text.ToString());
        text.Append("\r\n");
        for (int n = random.Next(12); n > 0; n--) text.Append(lines[random.Next(lines.Length)]).Append("\r\n");
        if (random.Next(4) == 0) text.Append("no end");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private async Task<uint> Append(string address, string mailbox, byte[] text, MailFlags flags, string[] keywords, DateTimeOffset at, byte[]? trace = null)
    {
        using var body = _node.Node.Mailboxes.Store.Stage();
        body.Write(text);
        body.Finish();
        return (await _node.Node.Mailboxes.AppendAsync(await Account(address), mailbox, new NewMessage(body, trace ?? [], flags, keywords, at))).Uid;
    }

    private async Task<List<(string Text, MailFlags Flags, string[] Keywords, DateTimeOffset At)>> Read(string address, string mailbox)
    {
        using var reader = _node.Node.Mailboxes.Store.Read((await Account(address)).Id);
        var info = reader.Find(mailbox)!;
        var keywords = reader.Keywords(info.Id);
        var all = new List<(string, MailFlags, string[], DateTimeOffset)>();
        foreach (var (message, content) in reader.Contents(info.Id, new(1, uint.MaxValue)))
        {
            byte[] octets = new byte[content.Size];
            for (int done = 0, count; (count = reader.Read(content, done, octets.AsSpan(done))) > 0; done += count) { }
            all.Add((Encoding.Latin1.GetString(octets), message.Flags, [.. keywords.Of(message.Flags)], message.ReceivedAt));
        }
        return all;
    }

    /// <summary>All of an account: its mailboxes with their subscriptions, and each message; in any order, which a Maildir does not keep.</summary>
    private async Task<List<string>> Contents(string address, bool wholeSeconds)
    {
        var all = new List<string>();
        foreach (var view in await _client.Send<MailboxView[]>(HttpMethod.Get, $"accounts/{Uri.EscapeDataString(address)}/mailboxes", Cancel))
        {
            all.Add($"mailbox {view.Name} {view.IsSubscribed}");
            foreach (var (text, flags, keywords, at) in await Read(address, view.Name))
                all.Add($"{view.Name} {Flags(flags)} {string.Join(' ', keywords.Order(StringComparer.Ordinal))} {(wholeSeconds ? at.ToUnixTimeSeconds() * 1000 : at.ToUnixTimeMilliseconds())} {text}");
        }
        all.Sort(StringComparer.Ordinal);
        return all;
    }

    private async Task<StoreExported> Export(string address, string path, string format)
    {
        using var progress = new ProgressLine();
        var wanted = MailFormats.Parse(format)!.Value;
        return await new StoreExport(_client, address, progress, Cancel).RunAsync(MailFormats.Create(path, wanted), wanted, null);
    }

    private async Task<StoreImported> Import(string address, string path, string? format, string? into = null, bool again = false)
    {
        using var progress = new ProgressLine();
        return await new StoreImport(_client, address, into, again, progress, Cancel).RunAsync(MailFormats.Open(path, format is null ? null : MailFormats.Parse(format)));
    }
}
