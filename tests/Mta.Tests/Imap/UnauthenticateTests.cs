using System.Text;
using Mta.Net;
using Mta.Testing;
using Mta.Tests.Net;

namespace Mta.Tests.Imap;

/// <summary>UNAUTHENTICATE (RFC 8437).</summary>
public sealed class UnauthenticateTests
{
    private const string SignIn = "LOGIN poor " + SmtpScript.Password;

    [Fact]
    public async Task Nothing_of_the_session_is_left()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        using var other = await server.ConnectAsync();
        Assert.Contains(" UNAUTHENTICATE", (await client.OkAsync("CAPABILITY")).Untagged[0], StringComparison.Ordinal);
        await client.OkAsync("APPEND INBOX (\\Deleted) {{a: 1\r\n\r\n1\r\n}}");
        await client.OkAsync("ENABLE QRESYNC UTF8=ACCEPT IMAP4rev2");
        await client.OkAsync("SELECT INBOX");
        await client.OkAsync("SEARCH RETURN (SAVE) ALL");
        await other.OkAsync("SELECT INBOX");
        await other.OkAsync("STORE 1 +FLAGS (\\Flagged)");
        // RFC 8437 §3: no mailbox is selected, and nothing is expunged or told
        Assert.Empty((await client.OkAsync("UNAUTHENTICATE")).Untagged);
        Assert.DoesNotContain("UNAUTHENTICATE", (await client.OkAsync("CAPABILITY")).Untagged[0], StringComparison.Ordinal);
        foreach (string command in (string[])["UNAUTHENTICATE", "FETCH 1 (FLAGS)", "STATUS INBOX (MESSAGES)"]) Assert.StartsWith("BAD", (await client.RunAsync(command)).End, StringComparison.Ordinal);

        await client.OkAsync(SignIn);
        Assert.Equal(["* STATUS INBOX (MESSAGES 0)"], (await client.OkAsync("STATUS INBOX (MESSAGES)")).Untagged);
        // not enabled any more: RECENT is told, which IMAP4rev2 has not; names are in modified UTF-7
        Assert.Contains("* 0 RECENT", (await client.OkAsync("SELECT INBOX")).Untagged);
        Assert.StartsWith("BAD", (await client.RunAsync("SELECT INBOX (QRESYNC (1 1))")).End, StringComparison.Ordinal);
        await client.OkAsync("CREATE &AOQ-");
        Assert.Equal(["* LIST (\\HasNoChildren) \"/\" &AOQ-"], (await client.OkAsync("LIST \"\" &AOQ-")).Untagged);
        // the first user's news are not this one's
        await client.OkAsync("SELECT INBOX");
        await other.OkAsync("APPEND INBOX {{a: 2\r\n\r\n2\r\n}}");
        Assert.Empty((await client.OkAsync("NOOP")).Untagged);
        Assert.Equal(["* STATUS INBOX (MESSAGES 2)"], (await other.OkAsync("STATUS INBOX (MESSAGES)")).Untagged);
    }

    /// <summary>RFC 8437 §3: one round trip for a new sign-in, and as often as is wished for.</summary>
    [Fact]
    public async Task The_next_sign_in_may_follow_at_once()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        await client.SendAsync($"a SELECT INBOX\r\nb UNAUTHENTICATE\r\nc {SignIn}\r\nd SELECT INBOX\r\ne UNAUTHENTICATE\r\nf LOGIN tim {SmtpScript.Password}\r\ng LOGOUT\r\n");
        Assert.Equal(["a OK", "b OK", "c OK", "d OK", "e OK", "f OK", "g OK"], await EndsAsync(client));
    }

    /// <summary>RFC 8437 §4.1: it goes on in the clear, and may be compressed again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_compression_ends_and_TLS_stays(bool tls)
    {
        await using var server = new ImapServer(tls: TestServer.Tls);
        using var client = await server.ConnectAsync(user: null);
        if (tls)
        {
            await client.OkAsync("STARTTLS");
            await client.StartTlsAsync();
        }
        for (int i = 0; i < 3; i++)
        {
            await client.OkAsync(SignIn);
            await client.CompressAsync();
            await client.OkAsync("SELECT INBOX");
            await client.OkAsync("UNAUTHENTICATE");
            client.EndCompression();
            string capabilities = (await client.OkAsync("CAPABILITY")).Untagged[0];
            Assert.Equal(!tls, capabilities.Contains("STARTTLS", StringComparison.Ordinal));
        }
    }

    /// <summary>RFC 8437 §3: a client may go on at once; what it compressed and what it did not come in one piece.</summary>
    [Fact]
    public async Task What_follows_in_the_clear_is_not_taken_for_compressed()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        await client.OkAsync("COMPRESS DEFLATE");
        using var wire = new MemoryStream();
        using (var layer = new DeflateLayer(wire))
        {
            await layer.WriteAsync("a NOOP\r\n"u8.ToArray());
            await layer.WriteAsync("b UNAUTHENTICATE\r\n"u8.ToArray());
        }
        wire.Write(Encoding.ASCII.GetBytes($"c {SignIn}\r\nd COMPRESS DEFLATE\r\n"));
        await client.SendAsync(wire.ToArray());
        // the answer to the last, which nothing follows, is in the clear
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("d OK DEFLATE begins here\r\n", StringComparison.Ordinal)) text.Append(await client.ReadOnceAsync());
        Assert.Contains("c OK [CAPABILITY", text.ToString(), StringComparison.Ordinal);
        client.BeginCompression();
        await client.OkAsync("SELECT INBOX");
    }

    [Fact]
    public async Task What_follows_compressed_ends_the_connection()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        await client.CompressAsync();
        await client.SendAsync($"a UNAUTHENTICATE\r\nb {SignIn}\r\n");
        Assert.StartsWith("* BYE", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadAsync());
    }

    private static async Task<List<string>> EndsAsync(ImapClientPeer client)
    {
        var ends = new List<string>();
        while (await client.ReadAsync() is { } line)
            if (line[1] == ' ' && line[0] is not ('*' or '+')) ends.Add(line[..4]);
        return ends;
    }
}
