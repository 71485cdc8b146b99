using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary><c>mta store</c> as its operator runs it.</summary>
public sealed class StoreCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<MtaProcess> Start()
    {
        var mta = await MtaProcess.Start("spool.min-free = 0B");
        await Run(mta, 0, "domain", "add", "ours.test");
        await Run(mta, 0, "account", "add", "ann@ours.test", "--no-password", "--quota", "1MiB");
        return mta;
    }

    private static async Task<CommandResult> Run(MtaProcess mta, int code, params string[] arguments)
    {
        var result = await mta.Run([.. arguments, "--config", mta.ConfigPath]);
        Assert.True(result.ExitCode == code, $"mta {string.Join(' ', arguments)}: {result.ExitCode} {result.Output} {result.Error}");
        return result;
    }

    [Fact]
    public async Task Mail_is_imported_verified_damaged_repaired_and_exported()
    {
        await using var mta = await Start();
        string mbox = Path.Combine(mta.Folder, "old.mbox");
        await File.WriteAllTextAsync(mbox, string.Concat(Enumerable.Range(1, 300).Select(i => $"From a@src.test Fri Jan  9 10:00:00 2026\nSubject: {i}\nStatus: RO\n\ntext {i}\n\n")), Cancel);
        Assert.Contains("300 messages imported into 1 mailboxes", (await Run(mta, 0, "store", "import", "ann@ours.test", mbox, "--mailbox", "Old/Box")).Output, StringComparison.Ordinal);
        var again = JsonDocument.Parse((await Run(mta, 0, "store", "import", "ann@ours.test", mbox, "--mailbox", "Old/Box", "--json")).Output).RootElement;
        Assert.Equal((0, 300), (again.GetProperty("imported").GetInt32(), again.GetProperty("present").GetInt32()));
        Assert.Contains("in 300 messages", (await Run(mta, 0, "account", "show", "ann@ours.test")).Output, StringComparison.Ordinal);
        Assert.Equal(300, JsonDocument.Parse((await Run(mta, 0, "account", "list", "--json")).Output).RootElement.GetProperty("entries")[0].GetProperty("usage").GetProperty("messages").GetInt32());

        Assert.Contains("All is well", (await Run(mta, 0, "store", "verify")).Output, StringComparison.Ordinal);
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(mta.DataDir, "mailboxes", "mailboxes.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE mailboxes SET messages = 7 WHERE name = 'Old/Box'; UPDATE body_chunks SET data = x'00' WHERE id = 65536 * 9";
            command.ExecuteNonQuery();
        }
        var found = JsonDocument.Parse((await Run(mta, 1, "store", "verify", "--json")).Output).RootElement;
        Assert.False(found.GetProperty("isClean").GetBoolean());
        Assert.Equal(["mailboxes.messages found", "bodies.hash damaged"], found.GetProperty("findings").EnumerateArray().Select(f => $"{f.GetProperty("check").GetString()} {f.GetProperty("state").GetString()}"));
        string repaired = (await Run(mta, 1, "store", "verify", "--repair")).Output;
        Assert.Contains("repaired mailboxes.messages ann@ours.test Old/Box: ", repaired, StringComparison.Ordinal);
        Assert.Contains("damaged bodies.hash ann@ours.test Old/Box UID 9: ", repaired, StringComparison.Ordinal);
        Assert.Contains("2 found: 1 repaired, 1 cannot be", repaired, StringComparison.Ordinal);

        // the damaged one is named, and the others are written; then they are another's
        string folder = Path.Combine(mta.Folder, "out");
        var exported = await Run(mta, 1, "store", "export", "ann@ours.test", folder);
        Assert.Contains("Old/Box UID 9: it cannot be read", exported.Error, StringComparison.Ordinal);
        Assert.Equal(299, Directory.GetFiles(Path.Combine(folder, ".Old.Box", "cur")).Length);
        Assert.Contains("is not empty", (await Run(mta, 2, "store", "export", "ann@ours.test", folder)).Error, StringComparison.Ordinal);
        Assert.Contains("299 were there already", (await Run(mta, 1, "store", "export", "ann@ours.test", folder, "--update")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_is_said_in_a_line()
    {
        await using var mta = await Start();
        Assert.Contains("does not exist", (await Run(mta, 2, "store", "import", "ann@ours.test", "/nowhere")).Error, StringComparison.Ordinal);
        Assert.Contains("--format is maildir, maildir-fs, mbox", (await Run(mta, 2, "store", "export", "ann@ours.test", "x", "--format", "pst")).Error, StringComparison.Ordinal);
        Assert.Contains("no Maildir", (await Run(mta, 2, "store", "import", "ann@ours.test", mta.Folder, "--format", "maildir")).Error, StringComparison.Ordinal);
        string mbox = Path.Combine(mta.Folder, "large.mbox");
        await File.WriteAllTextAsync(mbox, "From a Fri Jan  9 10:00:00 2026\nSubject: large\n\n" + new string('x', 2 << 20) + "\n\nFrom a Fri Jan  9 10:00:00 2026\nSubject: small\n\n", Encoding.ASCII, Cancel);
        var over = await Run(mta, 1, "store", "import", "ann@ours.test", mbox);
        Assert.Contains("large.mbox, message 1: the quota of the account is used up", over.Error, StringComparison.Ordinal);
        Assert.Contains("1 messages imported", over.Output, StringComparison.Ordinal);
        Assert.Contains("there is no account bob@ours.test", (await Run(mta, 1, "store", "import", "bob@ours.test", mbox)).Error, StringComparison.Ordinal);
        Assert.Contains("there is no account bob@ours.test", (await Run(mta, 1, "store", "verify", "--account", "bob@ours.test")).Error, StringComparison.Ordinal);
        await mta.Stop();
        Assert.Contains("no running node", (await Run(mta, 3, "store", "verify")).Error, StringComparison.Ordinal);
    }
}
