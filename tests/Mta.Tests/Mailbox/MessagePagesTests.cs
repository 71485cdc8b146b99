using System.Text;
using Akka.Actor;
using CsCheck;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Mailbox.Changes;

namespace Mta.Tests.Mailbox;

/// <summary>What is kept in memory of the messages is what the database says, whoever reads what when.</summary>
public sealed class MessagePagesTests : StoreBench
{
    [Fact]
    public async Task They_are_as_the_database_has_them_after_any_changes_and_for_readers_of_any_state()
    {
        using var body = Body("Subject: one\r\n\r\n");
        var one = new NewMessage(body);
        long mailbox = (await Client.AppendAsync(Ann, "INBOX", one)).MailboxId;
        // 1500 UIDs are four pages
        await Client.AppendAsync(Ann, "INBOX", [.. Enumerable.Repeat(one, 1499)]);
        var run = Gen.Select(Gen.UInt[1, 1700], Gen.UInt[0, 600]).Select((first, length) => new UidRun(first, first + length));
        var change = Gen.Select(Gen.Int[0, 4], run, Gen.Bool);
        await Gen.Select(change.Array[1, 6], run.Array[1, 3], Gen.Int[0, 5]).SampleAsync(async (changes, runs, reads) =>
        {
            using var before = Store.Read(Ann.Id);
            string[] then = [.. runs.Select(r => Direct(before, mailbox, r))];
            for (int i = 0; i < changes.Length; i++)
            {
                var (kind, where, flag) = changes[i];
                switch (kind)
                {
                    case 0: await Client.AppendAsync(Ann, "INBOX", one); break;
                    case 1: await Client.StoreFlagsAsync(Ann, mailbox, [where], flag ? FlagChange.Add : FlagChange.Remove, MailFlags.Flagged, []); break;
                    case 2: await Client.RemoveAsync(Ann, mailbox, [where with { Last = where.First + (where.Last - where.First) / 50 }]); break;
                    case 3: await Client.MoveAsync(Ann, mailbox, [where with { Last = where.First + 3 }], Ann, "INBOX"); break;
                    default: await Client.CreateAsync(Ann, $"other {Guid.NewGuid():N}"); break;
                }
                if (i == reads) Same();
            }
            Same();
            // one who has begun to read before sees nothing of it
            for (int i = 0; i < runs.Length; i++) Assert.Equal(then[i], Paged(before, mailbox, runs[i]));

            void Same()
            {
                using var reader = Store.Read(Ann.Id);
                foreach (var r in runs) Assert.Equal(Direct(reader, mailbox, r), Paged(reader, mailbox, r));
            }
        }, iter: 60, threads: 1);
    }

    [Fact]
    public async Task Readers_beside_a_writer_see_states_that_there_were()
    {
        using var body = Body("Subject: one\r\n\r\n");
        long mailbox = (await Client.AppendAsync(Ann, "INBOX", new NewMessage(body))).MailboxId;
        await Client.AppendAsync(Ann, "INBOX", [.. Enumerable.Repeat(new NewMessage(body), 799)]);
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            int looked = 0;
            while (!done.IsCancellationRequested)
            {
                using var reader = Store.Read(Ann.Id);
                // all of them get the flag at once, and lose it at once
                var messages = reader.Messages(mailbox, new(1, 800)).ToList();
                Assert.Equal(800, messages.Count);
                Assert.Single(messages.Select(m => m.Flags).Distinct());
                looked++;
            }
            return looked;
        })).ToList();
        for (int i = 0; i < 60; i++)
            await Client.StoreFlagsAsync(Ann, mailbox, [new(1, 800)], i % 2 == 0 ? FlagChange.Add : FlagChange.Remove, MailFlags.Flagged, []);
        await done.CancelAsync();
        foreach (var reader in readers) Assert.True(await reader > 0);
    }

    private static string Direct(MailboxReader reader, long mailbox, UidRun run) => Text(reader.Contents(mailbox, run).Select(m => m.Message));

    private static string Paged(MailboxReader reader, long mailbox, UidRun run) => Text(reader.Messages(mailbox, run));

    private static string Text(IEnumerable<MessageInfo> messages) => messages.Aggregate(new StringBuilder(), (text, m) => text.Append(m).AppendLine()).ToString();
}
