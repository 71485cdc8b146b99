using System.Text;
using Mta.Interop.Tests.Bench;
using Mta.Mailbox;

namespace Mta.Interop.Tests;

/// <summary>The programs that people keep their mail in step with: they see what there is, octet by octet, and change it.</summary>
public sealed class ImapToolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-imap-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static CommandResult Succeeded(CommandResult result)
    {
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        return result;
    }

    private static byte[] Message(int number) =>
        Encoding.UTF8.GetBytes($"From: a@src.test\r\nTo: tim@src.test\r\nSubject: number {number}\r\nMessage-ID: <{number}@src.test>\r\nDate: Fri, 09 Jan 2026 10:00:00 +0000\r\n\r\nThis is the text of {number}: schöne Grüße\r\n");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Curl_lists_fetches_appends_and_searches(bool isImplicit)
    {
        string curl = Command.Need("curl", "curl");
        await using var node = await ImapNode.Start();
        await node.Add("INBOX", Enumerable.Range(0, 3).Select(Message));
        string url = $"{(isImplicit ? "imaps" : "imap")}://127.0.0.1:{node.PortOf(isImplicit)}/";
        async Task<string> Run(params string[] arguments) =>
            Succeeded(await Command.Run(curl, ["--silent", "--show-error", "--insecure", "--ssl-reqd", "--user", $"{BenchAccounts.Name}:{BenchAccounts.Password}", .. arguments])).Output;

        Assert.Contains("\"/\" INBOX", await Run(url), StringComparison.Ordinal);
        Assert.Equal(Encoding.UTF8.GetString(Message(1)), await Run(url + "INBOX;MAILINDEX=2"));
        Assert.Equal("* SEARCH 3", (await Run("--request", "SEARCH SUBJECT \"number 2\"", url + "INBOX")).Trim());
        string file = Path.Combine(_folder, "message");
        await File.WriteAllBytesAsync(file, Message(7), Cancel);
        await Run("--upload-file", file, url + "Sent");
        Assert.Equal(Encoding.UTF8.GetString(Message(7)), await Run(url + "Sent;UID=1"));
        Assert.Contains("MESSAGES 1", await Run("--request", "STATUS Sent (MESSAGES)", url), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Python_does_all_that_imaplib_can(bool isImplicit)
    {
        string python = Command.Need("python3", "python3");
        await using var node = await ImapNode.Start();
        string connect = isImplicit ? $"m = imaplib.IMAP4_SSL('127.0.0.1', {node.Imaps}, ssl_context=c)" : $"m = imaplib.IMAP4('127.0.0.1', {node.Imap}); m.starttls(c)";
        string script = $"""
            import imaplib, ssl
            c = ssl._create_unverified_context()
            {connect}
            def ok(answer, *expected):
                assert answer[0] == 'OK', answer
                if expected: assert answer[1] == list(expected), answer
                return answer[1]
            try:
                m.login('{BenchAccounts.Name}', 'wrong')
                assert False
            except imaplib.IMAP4.error as e:
                assert 'AUTHENTICATIONFAILED' in str(e), e
            ok(m.login('{BenchAccounts.Name}', '{BenchAccounts.Password}'))
            assert len(ok(m.list())) == 6
            ok(m.create('Work')); ok(m.subscribe('Work'))
            assert any(b'Work' in l for l in ok(m.lsub()))
            ok(m.namespace(), b'(("" "/")) (("Other Users/" "/")) NIL')
            text = b'Subject: one\r\nFrom: a@src.test\r\n\r\n.\r\n..\r\ntext\r\n'
            for i in range(5):
                ok(m.append('Work', '(\\Seen $Blue)' if i else None, '"10-Jan-2026 10:00:00 +0100"', text + b'%d\r\n' % i))
            ok(m.select('Work'), b'5')
            assert ok(m.fetch('3', '(RFC822)'))[0][1] == text + b'2\r\n'
            assert b'10-Jan-2026 10:00:00 +0100' in ok(m.fetch('1', '(INTERNALDATE)'))[0]
            ok(m.search(None, 'UNSEEN'), b'1')
            ok(m.search('UTF-8', 'KEYWORD', '$Blue'), b'2 3 4 5')
            ok(m.sort('(REVERSE ARRIVAL)', 'UTF-8', 'ALL'))
            ok(m.thread('ORDEREDSUBJECT', 'UTF-8', 'ALL'))
            ok(m.store('1:2', '+FLAGS.SILENT', '(\\Deleted)'))
            ok(m.uid('COPY', '3', 'Archive'))
            ok(m.uid('MOVE', '4', 'Archive'))
            ok(m.expunge())
            ok(m.search(None, 'ALL'), b'1 2')
            ok(m.status('Archive', '(MESSAGES UIDNEXT)'), b'Archive (MESSAGES 2 UIDNEXT 3)')
            ok(m.unselect())
            ok(m.rename('Work', 'Play'))
            ok(m.getquotaroot('INBOX'))
            ok(m.enable('UTF8=ACCEPT'))
            ok(m.append('Play', None, None, 'Subject: Grüße\r\n\r\nx\r\n'.encode()))
            assert m.append('Nowhere', None, None, text)[0] == 'NO'
            ok(m.delete('Play'))
            ok(m.noop())
            assert m.logout()[0] == 'BYE'
            """;
        Succeeded(await Command.Run(python, ["-c", script]));
    }

    /// <summary>A thousand messages each way, then changes on both sides.</summary>
    [Fact]
    public async Task Mbsync_keeps_both_sides_the_same()
    {
        string mbsync = Command.Need("mbsync", "isync"), local = Path.Combine(_folder, "mail");
        await using var node = await ImapNode.Start();
        await node.Add("INBOX", Enumerable.Range(0, 1000).Select(Message), MailFlags.Seen);
        foreach (string name in (string[])["INBOX", "Work"])
            foreach (string part in (string[])["cur", "new", "tmp"]) Directory.CreateDirectory(Path.Combine(local, name, part));
        for (int i = 1000; i < 2000; i++) await File.WriteAllBytesAsync(Path.Combine(local, "Work", "cur", $"{i}.x:2,{(i % 2 == 0 ? "S" : "F")}"), Lf(Message(i)), Cancel);
        string config = Path.Combine(_folder, "mbsyncrc");
        await File.WriteAllTextAsync(config, $"""
            IMAPAccount bench
            Host 127.0.0.1
            Port {node.Imaps}
            User {BenchAccounts.Name}
            Pass "{BenchAccounts.Password}"
            SSLType IMAPS
            CertificateFile {node.Submission.Certificate.CertificatePath}

            IMAPStore far
            Account bench

            MaildirStore near
            Path {local}/
            Inbox {local}/INBOX
            SubFolders Verbatim

            Channel all
            Far :far:
            Near :near:
            Patterns *
            Create Both
            Expunge Both
            SyncState *

            """, Cancel);
        await Sync();
        var inbox = Local("INBOX");
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => Encoding.Latin1.GetString(Lf(Message(i)))).Order(StringComparer.Ordinal), inbox.Values.Select(Plain).Order(StringComparer.Ordinal));
        Assert.All(inbox.Keys, name => Assert.EndsWith(":2,S", name, StringComparison.Ordinal));
        var work = await node.Messages("Work");
        Assert.Equal(1000, work.Count);
        Assert.Equal(500, work.Count(m => m.Flags == MailFlags.Seen));
        Assert.Equal(500, work.Count(m => m.Flags == MailFlags.Flagged));

        // here some go and some are read, there some come and one gets a flag
        foreach (string file in Directory.GetFiles(Path.Combine(local, "Work", "cur")).Order(StringComparer.Ordinal).Take(100)) File.Delete(file);
        foreach (string file in Directory.GetFiles(Path.Combine(local, "INBOX", "cur")).Take(50)) File.Move(file, file + "T");
        await node.Add("INBOX", Enumerable.Range(2000, 20).Select(Message));
        await node.Talk("a SELECT Work\r\nb STORE 1000 +FLAGS (\\Answered)\r\n");
        await Sync();
        Assert.Equal(970, Local("INBOX").Count);
        Assert.Equal(970, (await node.Messages("INBOX")).Count);
        Assert.Equal(900, (await node.Messages("Work")).Count);
        Assert.Single(Directory.GetFiles(Path.Combine(local, "Work", "cur")), f => f.EndsWith('R') || f.EndsWith("RS", StringComparison.Ordinal) || f.EndsWith("FR", StringComparison.Ordinal));
        // and once both are the same nothing is done any more
        await Sync();
        Assert.Equal((970, 900), ((await node.Messages("INBOX")).Count, (await node.Messages("Work")).Count));

        async Task Sync() => Succeeded(await Command.Run(mbsync, ["-c", config, "-q", "all"], _folder));

        Dictionary<string, byte[]> Local(string name) =>
            ((string[])["cur", "new"]).SelectMany(part => Directory.GetFiles(Path.Combine(local, name, part))).ToDictionary(f => f, File.ReadAllBytes);

        // it notes which message is which in a field of its own
        static string Plain(byte[] message) => string.Join('\n', Encoding.Latin1.GetString(message).Split('\n').Where(line => !line.StartsWith("X-TUID:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Offlineimap_keeps_both_sides_the_same()
    {
        string offlineimap = Command.Need("offlineimap", "offlineimap3"), local = Path.Combine(_folder, "mail");
        await using var node = await ImapNode.Start();
        await node.Add("INBOX", Enumerable.Range(0, 50).Select(Message), MailFlags.Seen);
        await node.Add("Archive", Enumerable.Range(50, 10).Select(Message));
        string config = Path.Combine(_folder, "rc");
        await File.WriteAllTextAsync(config, $"""
            [general]
            accounts = bench
            metadata = {_folder}/state
            [Account bench]
            localrepository = near
            remoterepository = far
            [Repository near]
            type = Maildir
            localfolders = {local}
            [Repository far]
            type = IMAP
            remotehost = 127.0.0.1
            remoteport = {node.Imaps}
            remoteuser = {BenchAccounts.Name}
            remotepass = {BenchAccounts.Password}
            ssl = yes
            cert_fingerprint = {node.Submission.Certificate.Fingerprint}

            """, Cancel);
        await Sync();
        Assert.Equal((50, 10), (Local("INBOX").Length, Local("Archive").Length));
        foreach (string file in Local("INBOX").Take(5)) File.Delete(file);
        for (int i = 0; i < 7; i++) await File.WriteAllBytesAsync(Path.Combine(local, "Archive", "cur", $"{i}.x:2,FS"), Lf(Message(100 + i)), Cancel);
        await node.Add("INBOX", Enumerable.Range(60, 3).Select(Message));
        await Sync();
        Assert.Equal(48, Local("INBOX").Length);
        Assert.Equal(48, (await node.Messages("INBOX")).Count);
        var archive = await node.Messages("Archive");
        Assert.Equal((17, 7), (archive.Count, archive.Count(m => m.Flags == (MailFlags.Seen | MailFlags.Flagged))));

        async Task Sync() => Succeeded(await Command.Run(offlineimap, ["-c", config, "-o", "-u", "quiet"], _folder));

        string[] Local(string name) => [.. ((string[])["cur", "new"]).SelectMany(part => Directory.GetFiles(Path.Combine(local, name, part)))];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fetchmail_leaves_and_then_takes_all(bool isImplicit)
    {
        string fetchmail = Command.Need("fetchmail", "fetchmail");
        await using var node = await ImapNode.Start();
        await node.Add("INBOX", Enumerable.Range(0, 4).Select(Message));
        Assert.Equal(4, await Fetch("keep"));
        // it has seen them
        Assert.Equal(0, await Fetch("keep"));
        Assert.All(await node.Messages("INBOX"), m => Assert.Equal(MailFlags.Seen, m.Flags));
        await node.Add("INBOX", [Message(4)]);
        Assert.Equal(5, await Fetch("nokeep fetchall"));
        Assert.Empty(await node.Messages("INBOX"));

        async Task<int> Fetch(string options)
        {
            string rc = Path.Combine(_folder, "rc"), mail = Path.Combine(_folder, "mail");
            Directory.CreateDirectory(mail);
            foreach (string old in Directory.GetFiles(mail)) File.Delete(old);
            await File.WriteAllTextAsync(rc, $"""
                poll bench via 127.0.0.1 protocol imap service {node.PortOf(isImplicit)}
                user "{BenchAccounts.Name}" password "{BenchAccounts.Password}" {(isImplicit ? "ssl" : "sslproto 'TLS1.2+'")} no sslcertck {options}
                mda "cat > {mail}/$$"
                """, Cancel);
            File.SetUnixFileMode(rc, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var result = await Command.Run(fetchmail, ["--fetchmailrc", rc, "--idfile", Path.Combine(_folder, "ids"), "--pidfile", Path.Combine(_folder, "pid"), "--nosyslog", "--invisible"], _folder);
            Assert.True(result.ExitCode is 0 or 1, result.Output + result.Error); // 1: there was no mail
            string[] fetched = Directory.GetFiles(mail);
            foreach (string file in fetched) Assert.Contains("This is the text of ", await File.ReadAllTextAsync(file, Cancel), StringComparison.Ordinal);
            return fetched.Length;
        }
    }

    private static byte[] Lf(byte[] message) => [.. message.Where(b => b != '\r')];
}
