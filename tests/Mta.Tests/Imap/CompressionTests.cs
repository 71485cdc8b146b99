using System.Globalization;
using System.IO.Compression;
using System.Text;
using Mta.Net;
using Mta.Testing;
using Mta.Tests.Net;

namespace Mta.Tests.Imap;

/// <summary>COMPRESS=DEFLATE (RFC 4978).</summary>
public sealed class CompressionTests
{
    [Fact]
    public async Task It_begins_once_and_only_for_who_has_signed_in()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync(user: null);
        Assert.DoesNotContain("COMPRESS", (await client.OkAsync("CAPABILITY")).Untagged[0], StringComparison.Ordinal);
        Assert.StartsWith("BAD", (await client.RunAsync("COMPRESS DEFLATE")).End, StringComparison.Ordinal);
        await client.OkAsync("LOGIN tim " + SmtpScript.Password);
        Assert.Contains(" COMPRESS=DEFLATE", (await client.OkAsync("CAPABILITY")).Untagged[0], StringComparison.Ordinal);
        Assert.StartsWith("BAD", (await client.RunAsync("COMPRESS LZ77")).End, StringComparison.Ordinal);
        await client.CompressAsync();
        Assert.StartsWith("NO [COMPRESSIONACTIVE] DEFLATE", (await client.RunAsync("COMPRESS DEFLATE")).End, StringComparison.Ordinal);
        await client.OkAsync("SELECT INBOX");
    }

    /// <summary>What others did meanwhile is told before the OK, which is the last that is not compressed.</summary>
    [Fact]
    public async Task What_happened_before_it_is_told_in_the_clear()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        using var other = await server.ConnectAsync();
        await client.OkAsync("SELECT INBOX");
        await other.OkAsync("APPEND INBOX {{a: 1\r\n\r\n1\r\n}}");
        Assert.Equal(["* 1 EXISTS"], (await client.OkAsync("COMPRESS DEFLATE")).Untagged);
        client.BeginCompression();
        await client.OkAsync("NOOP");
    }

    /// <summary>RFC 4978 §3: a client waits for the answer. What one sent that did not is never understood as anything.</summary>
    [Fact]
    public async Task What_follows_in_the_clear_ends_the_connection()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        await client.SendAsync("a COMPRESS DEFLATE\r\nb DELETE Trash\r\n");
        Assert.StartsWith("a BAD", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadAsync());
        using var other = await server.ConnectAsync();
        await other.OkAsync("SELECT Trash");
    }

    [Fact]
    public async Task So_does_what_is_not_compressed_after_it()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        await client.OkAsync("COMPRESS DEFLATE");
        await client.SendAsync("b DELETE Trash\r\n");
        Assert.Null(await client.ReadAsync());
        using var other = await server.ConnectAsync();
        await other.OkAsync("SELECT Trash");
    }

    [Fact]
    public async Task A_few_octets_that_become_many_are_still_too_many()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        await client.CompressAsync();
        await client.SendAsync(new string('x', 10_000_000));
        Assert.StartsWith("* BYE the line is too long", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_takes_its_time_gets_all_of_a_large_message_and_keeps_nobody_waiting(bool tls)
    {
        string text = Convert.ToBase64String(RandomOctets(3_000_000), Base64FormattingOptions.InsertLineBreaks);
        await using var server = new ImapServer(tls: TestServer.Tls);
        using var slow = await server.ConnectAsync(user: null);
        if (tls)
        {
            await slow.OkAsync("STARTTLS");
            await slow.StartTlsAsync();
        }
        await slow.OkAsync("LOGIN tim " + SmtpScript.Password);
        await slow.CompressAsync();
        await slow.BeginAsync(string.Create(CultureInfo.InvariantCulture, $"APPEND INBOX {{{text.Length + 2}}}"));
        Assert.StartsWith("+", await slow.ReadAsync(), StringComparison.Ordinal);
        await slow.SendAsync("\r\n" + text + "\r\n");
        Assert.True((await slow.EndAsync()).IsOk);
        await slow.OkAsync("SELECT INBOX");
        await slow.BeginAsync("FETCH 1 (BODY.PEEK[TEXT])");
        using var other = await server.ConnectAsync();
        await other.OkAsync("SELECT INBOX");
        await other.OkAsync("STORE 1 +FLAGS (\\Flagged)");
        var reply = await slow.EndAsync();
        Assert.True(reply.IsOk);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"* 1 FETCH (BODY[TEXT] {{{text.Length}}}\r\n{text})"), reply.Untagged[0]);
    }

    [Fact]
    public async Task A_client_that_goes_in_the_middle_of_an_answer_leaves_nothing_behind()
    {
        await using var server = new ImapServer();
        using (var client = await server.ConnectAsync())
        {
            await client.CompressAsync();
            string text = Convert.ToBase64String(RandomOctets(3_000_000));
            await client.OkAsync($"APPEND INBOX {{{{\r\n{text}}}}}");
            await client.OkAsync("SELECT INBOX");
            await client.BeginAsync("FETCH 1 (BODY[])");
            client.Vanish();
        }
        await server.ConnectionsAsync(0);
    }

    /// <summary>The compressor forgets between two answers, and the client's decompressor does not notice.</summary>
    [Fact]
    public async Task It_can_be_read_by_who_knows_nothing_of_flushes()
    {
        using var wire = new MemoryStream();
        using (var layer = new DeflateLayer(wire))
        {
            for (int i = 0; i < 100; i++)
            {
                await layer.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"* {i} EXISTS\r\n")));
                if (i % 3 != 0) continue;
                long end = wire.Position;
                Assert.Equal(0, await layer.ReadAsync(new byte[10]));
                Assert.Equal(end, wire.Position);
            }
        }
        wire.Position = 0;
        using var reader = new StreamReader(new DeflateStream(wire, CompressionMode.Decompress));
        for (int i = 0; i < 100; i++) Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"* {i} EXISTS"), await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    private static byte[] RandomOctets(int count)
    {
        byte[] octets = new byte[count];
        new Random(1).NextBytes(octets);
        return octets;
    }
}
