using System.Globalization;

namespace Mta.Tests.Imap;

/// <summary>CATENATE (RFC 4469) of what does not fit into memory; the rest is in the script of that name.</summary>
public sealed class CatenateTests
{
    [Fact]
    public async Task Large_pieces_come_together_and_leave_nothing_behind()
    {
        string letter = "Subject: large\r\n\r\n" + Lines('x', 900_000), beginning = Lines('a', 300_001), end = Lines('z', 300_002);
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        await client.OkAsync($"APPEND INBOX {{{{{letter}}}}}");
        await client.OkAsync("SELECT INBOX");
        await client.OkAsync($"APPEND INBOX CATENATE (TEXT {{{{{beginning}}}}} URL ;UID=1 TEXT {{{{{end}}}}} URL ;UID=1/;PARTIAL=18.500000)");
        string whole = beginning + letter + end + letter[18..500_018];
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"* 2 FETCH (BODY[] {{{whole.Length}}}\r\n{whole})"), (await client.OkAsync("FETCH 2 (BODY.PEEK[])")).Untagged[0]);
        // neither of what was taken nor of what was refused
        Assert.StartsWith("NO [BADURL ;UID=9] ", (await client.RunAsync($"APPEND INBOX CATENATE (TEXT {{{{{beginning}}}}} URL ;UID=1 URL ;UID=9)")).End, StringComparison.Ordinal);
        Assert.StartsWith("BAD", (await client.RunAsync($"APPEND INBOX CATENATE (TEXT {{{{{beginning}}}}} URL ;UID=1")).End, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(server.Folder, "staging")));
    }

    [Fact]
    public async Task There_are_so_many_messages_in_a_command_and_no_more()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        await client.OkAsync("APPEND INBOX {{a: 1\r\n\r\n1\r\n}}");
        string messages = string.Concat(Enumerable.Repeat(" CATENATE (URL /INBOX/;UID=1)", 100));
        Assert.StartsWith("OK [APPENDUID ", (await client.RunAsync("APPEND INBOX" + messages)).End, StringComparison.Ordinal);
        Assert.StartsWith("NO [LIMIT]", (await client.RunAsync($"APPEND INBOX{messages} CATENATE (URL /INBOX/;UID=1)")).End, StringComparison.Ordinal);
        Assert.StartsWith("NO [LIMIT]", (await client.RunAsync($"APPEND INBOX{messages} CATENATE (URL /INBOX/;UID=1 TEXT {{{{x}}}})")).End, StringComparison.Ordinal);
        Assert.Equal(["* STATUS INBOX (MESSAGES 101)"], (await client.OkAsync("STATUS INBOX (MESSAGES)")).Untagged);
    }

    private static string Lines(char letter, int length) => string.Concat(Enumerable.Repeat(new string(letter, 77) + "\r\n", length / 79)) + new string(letter, length % 79);
}
