using System.Globalization;
using CsCheck;
using LinqToDB;
using LinqToDB.Data;
using Mta.Mailbox.Store;
using Mta.Tests.Accounts;
using Mta.Tests.Mailbox;

namespace Mta.Tests.Imap;

/// <summary>
/// Several sessions change one mailbox at the same time. What each was told leads it to what is there; no message number is ever out of range; and what
/// the store counts is what can be counted in its tables.
/// </summary>
public sealed class ConsistencyTests
{
    private const int Sessions = 3;

    private static readonly Gen<(int What, int Which, int Flag)> Operation = Gen.Select(Gen.Int[0, 12], Gen.Int[0, 20], Gen.Int[0, 4]);

    private static readonly string[] Flags = ["\\Seen", "\\Deleted", "\\Flagged", "$Blue", "$Green"];

    [Fact]
    public Task What_sessions_are_told_is_what_there_is() =>
        Gen.Select(Operation.Array[5, 25], Operation.Array[5, 25], Operation.Array[5, 25], Gen.Bool.Array[Sessions], Gen.Bool.Array[Sessions])
            .SampleAsync(async (one, two, three, knowsVanished, isNotified) => await PlayAsync([one, two, three], knowsVanished, isNotified), iter: 25, threads: 1);

    private static async Task PlayAsync((int What, int Which, int Flag)[][] operations, bool[] knowsVanished, bool[] isNotified)
    {
        await using var server = new ImapServer();
        var views = new List<SessionView>();
        try
        {
            for (int i = 0; i < Sessions; i++) views.Add(await SessionView.OpenAsync(server, knowsVanished[i], isNotified[i]));
            await Task.WhenAll(views.Select((view, i) => RunAsync(view, operations[i])));
            foreach (var view in views) await view.RunAsync("NOOP");
            using var fresh = await SessionView.OpenAsync(server, knowsVanished: false, isNotified: false);
            await fresh.RunAsync("FETCH 1:* (UID FLAGS)");
            foreach (var view in views)
            {
                Assert.Equal(fresh.Count, view.Count);
                // the flags that it was told are those that there are; the rest it never heard of
                await view.RunAsync("NOOP");
                var told = view.Known();
                await view.RunAsync("FETCH 1:* (UID)");
                Assert.Equal(fresh.Uids(), view.Uids());
                var actual = fresh.Known();
                foreach (var (uid, flags) in told) Assert.Equal(actual[uid], flags);
            }
            Recount(server);
            using var directory = await DirectoryBench.With(ImapServer.User);
            Assert.Empty(await VerifyTests.Run(new(server.Mailboxes, directory.Admin.Accounts), null, repair: false));
        }
        finally
        {
            foreach (var view in views) view.Dispose();
        }
    }

    private static async Task RunAsync(SessionView view, (int What, int Which, int Flag)[] operations)
    {
        foreach (var (what, which, flag) in operations)
        {
            int number = view.Count == 0 ? 0 : which % view.Count + 1;
            string command = what switch
            {
                0 or 1 => $"APPEND INBOX ({Flags[flag]}) {{{{Subject: {which}\r\n\r\nx\r\n}}}}",
                2 when number > 0 => $"STORE {number} +FLAGS ({Flags[flag]})",
                3 when number > 0 => $"STORE {number} -FLAGS.SILENT ({Flags[flag]})",
                4 when number > 0 => $"STORE {number}:* FLAGS ({Flags[flag]})",
                5 when number > 0 => $"COPY {number} INBOX",
                6 when number > 0 => $"MOVE {number} {(flag == 0 ? "Trash" : "INBOX")}",
                7 => "EXPUNGE",
                8 => "SEARCH ALL",
                9 when number > 0 => $"FETCH {number} (UID FLAGS BODY[])",
                11 when number > 0 => $"REPLACE {number} {(flag == 0 ? "Trash" : "INBOX")} ({Flags[flag]}) {{{{Subject: {which}\r\n\r\ny\r\n}}}}",
                10 when number > 0 => $"UID STORE {which + 1} +FLAGS (\\Deleted)",
                _ => "NOOP",
            };
            await view.RunAsync(command);
        }
    }

    private static void Recount(ImapServer server)
    {
        using var database = new MailboxDatabase(server.Folder, TimeProvider.System);
        using var connection = database.Connect();
        var db = connection.Db;
        var messages = db.GetTable<MessageRow>().ToList();
        var mailboxes = db.GetTable<MailboxRow>().ToList();
        foreach (var mailbox in mailboxes)
        {
            var mine = messages.Where(m => m.MailboxId == mailbox.Id).ToList();
            Assert.Equal((mine.Count, mine.Count(m => (m.Flags & 1) == 0), mine.Count(m => (m.Flags & 8) != 0), mine.Sum(m => m.Size)),
                (mailbox.Messages, mailbox.Unseen, mailbox.Deleted, mailbox.Octets));
            Assert.All(mine, m => Assert.True(m.Uid < mailbox.UidNext && m.ModSeq <= mailbox.ModSeq));
            var uids = UidRunTable.Read(connection, mailbox.Id).SelectMany(run => Enumerable.Range((int)run.First, (int)run.Count).Select(uid => (long)uid));
            Assert.Equal(mine.Select(m => m.Uid).Order(), uids);
            Assert.DoesNotContain(db.GetTable<ExpungedRow>().Where(e => e.MailboxId == mailbox.Id).ToList(), e => mine.Any(m => m.Uid >= e.FirstUid && m.Uid <= e.LastUid));
        }
        var account = db.GetTable<AccountRow>().Single();
        Assert.Equal((messages.Count, messages.Sum(m => m.Size)), (account.Messages, account.Octets));
        var emails = db.GetTable<EmailRow>().ToList();
        Assert.Equal(messages.GroupBy(m => m.EmailId).Select(g => (g.Key, (long)g.Count())).Order(), emails.Select(e => (e.Id, e.Refs)).Order());
        Assert.Equal(emails.GroupBy(e => e.BodyId).Select(g => (g.Key, (long)g.Count())).Order(), db.GetTable<BodyRow>().Select(b => new { b.Id, b.Refs }).AsEnumerable().Select(b => (b.Id, b.Refs)).Order());
        Assert.All(db.GetTable<BodyChunkRow>().Select(c => c.Id).ToList(), id => Assert.Contains(emails, e => e.BodyId == id / 65536));
    }

    /// <summary>What a client knows of the mailbox by what it was told, and nothing else.</summary>
    private sealed class SessionView : IDisposable
    {
        private readonly ImapClientPeer _client;
        private readonly List<(uint? Uid, string? Flags)> _messages = [];
        private readonly bool _knowsVanished;

        private SessionView(ImapClientPeer client, bool knowsVanished) => (_client, _knowsVanished) = (client, knowsVanished);

        public int Count => _messages.Count;

        public static async Task<SessionView> OpenAsync(ImapServer server, bool knowsVanished, bool isNotified)
        {
            var view = new SessionView(await server.ConnectAsync(), knowsVanished);
            if (knowsVanished) await view._client.OkAsync("ENABLE QRESYNC");
            await view.RunAsync("SELECT INBOX");
            // told at any time then, but for what would change numbers
            if (isNotified) await view.RunAsync("NOTIFY SET (selected-delayed (MessageNew (UID FLAGS) MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge FlagChange))");
            // one that is told UIDs alone has to know which number each has
            if (view.Count > 0) await view.RunAsync("FETCH 1:* (UID FLAGS)");
            return view;
        }

        public async Task RunAsync(string command)
        {
            if (command.Contains(" -FLAGS.SILENT (", StringComparison.Ordinal)) TakeOff(command.Split(' '));
            var reply = await _client.RunAsync(command);
            // 1:* of nothing is a number that there is not
            Assert.True(reply.IsOk || (Count == 0 && command.StartsWith("FETCH 1:*", StringComparison.Ordinal)) || reply.End.StartsWith("NO [EXPUNGEISSUED]", StringComparison.Ordinal),
                $"{command}: {reply.End}");
            bool byNumber = command.StartsWith("FETCH", StringComparison.Ordinal) || command.StartsWith("STORE", StringComparison.Ordinal) || command.StartsWith("SEARCH", StringComparison.Ordinal);
            foreach (string line in reply.Untagged) Take(line, byNumber);
        }

        public IEnumerable<uint> Uids() => _messages.Select(m => m.Uid!.Value);

        public Dictionary<uint, string> Known() => _messages.Where(m => m is { Uid: not null, Flags: not null }).ToDictionary(m => m.Uid!.Value, m => m.Flags!);

        // the client knows what it has asked for
        private void TakeOff(string[] words)
        {
            int number = int.Parse(words[1], CultureInfo.InvariantCulture);
            var (uid, flags) = _messages[number - 1];
            if (flags is not null) _messages[number - 1] = (uid, string.Join(' ', flags.Split(' ').Where(f => f != words[3].Trim('(', ')'))));
        }

        // a message of which no UID was told is meant where it can be
        private void Vanish(uint uid)
        {
            int at = _messages.FindIndex(m => m.Uid == uid);
            if (at < 0) at = _messages.FindIndex(_messages.FindLastIndex(m => m.Uid < uid) + 1, m => m.Uid is null);
            Assert.True(at >= 0, $"{uid} was not there");
            _messages.RemoveAt(at);
        }

        private void Take(string line, bool byNumber)
        {
            string[] words = line.Split(' ', 4);
            if (words[1] == "VANISHED")
            {
                Assert.True(_knowsVanished && !byNumber, line);
                foreach (string range in words[2].Split(','))
                {
                    uint[] ends = [.. range.Split(':').Select(n => uint.Parse(n, CultureInfo.InvariantCulture))];
                    for (uint uid = ends[0]; uid <= ends[^1]; uid++) Vanish(uid);
                }
                return;
            }
            if (words.Length < 3 || !int.TryParse(words[1], CultureInfo.InvariantCulture, out int number)) return;
            switch (words[2])
            {
                case "EXISTS":
                    Assert.True(number >= Count, line);
                    while (Count < number) _messages.Add((null, null));
                    break;
                case "EXPUNGE":
                    Assert.False(byNumber || _knowsVanished, line);
                    Assert.InRange(number, 1, Count);
                    _messages.RemoveAt(number - 1);
                    break;
                case "FETCH":
                    Assert.InRange(number, 1, Count);
                    var (uid, flags) = _messages[number - 1];
                    if (Find(line, "UID ", " )") is { } told)
                    {
                        uint now = uint.Parse(told, CultureInfo.InvariantCulture);
                        Assert.True(uid is null || uid == now, $"{line}, which was {uid}");
                        uid = now;
                    }
                    if (Find(line, "FLAGS (", ")") is { } names) flags = string.Join(' ', names.Split(' ').Order(StringComparer.Ordinal));
                    _messages[number - 1] = (uid, flags);
                    break;
            }
        }

        private static string? Find(string line, string before, string ends)
        {
            int at = line.IndexOf(before, StringComparison.Ordinal);
            if (at < 0) return null;
            string rest = line[(at + before.Length)..];
            return rest[..rest.IndexOfAny(ends.ToCharArray())];
        }

        public void Dispose() => _client.Dispose();
    }
}
