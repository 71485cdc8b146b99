using System.Globalization;
using Microsoft.Extensions.Time.Testing;

namespace Mta.Tests.Imap;

/// <summary>RFC 9051 §2.3.1.1: name, UIDVALIDITY and UID together never mean another message, whatever becomes of mailbox, server and clock.</summary>
public sealed class UidValidityTests
{
    [Fact]
    public async Task No_name_has_a_UIDVALIDITY_twice()
    {
        string folder = Directory.CreateTempSubdirectory("mta-imap-").FullName;
        var seen = new List<uint>();
        // the clock goes back over a restart
        foreach (int year in (int[])[2030, 2020])
        {
            await using var server = new ImapServer(folder: folder, clock: new FakeTimeProvider(new(year, 1, 1, 0, 0, 0, TimeSpan.Zero)));
            using var client = await server.ConnectAsync();
            for (int i = 0; i < 3; i++)
            {
                await client.OkAsync("CREATE Work");
                seen.Add(await ValidityAsync(client, "Work"));
                await client.OkAsync("DELETE Work");
            }
            // another mailbox that gets the name brings its own
            await client.OkAsync("CREATE Play");
            await client.OkAsync("RENAME Play Work");
            seen.Add(await ValidityAsync(client, "Work"));
            await client.OkAsync("DELETE Work");
        }
        Assert.Equal(seen.Distinct().Order(), seen);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task No_UID_is_given_twice_also_where_the_last_was_removed_before_a_restart()
    {
        string folder = Directory.CreateTempSubdirectory("mta-imap-").FullName;
        uint validity = 0;
        for (int i = 1; i <= 3; i++)
        {
            await using var server = new ImapServer(folder: folder);
            using var client = await server.ConnectAsync();
            await client.OkAsync("SELECT INBOX");
            uint now = await ValidityAsync(client, "INBOX");
            Assert.True(validity == 0 || validity == now);
            validity = now;
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"OK [APPENDUID {validity} {i}] APPEND done"), (await client.OkAsync("APPEND INBOX (\\Deleted) {{a: b\r\n\r\n}}")).End);
            await client.OkAsync("EXPUNGE");
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<uint> ValidityAsync(ImapClientPeer client, string mailbox) =>
        uint.Parse((await client.OkAsync($"STATUS {mailbox} (UIDVALIDITY)")).The($"* STATUS {mailbox} (UIDVALIDITY ").TrimEnd(')'), CultureInfo.InvariantCulture);
}
