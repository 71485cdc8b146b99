using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Mta.Tests.Net;

namespace Mta.Tests.Imap;

/// <summary>What a command was answered with: untagged responses, literals with them, and the end without its tag.</summary>
internal sealed record ImapReply(List<string> Untagged, string End)
{
    public bool IsOk => End.StartsWith("OK", StringComparison.Ordinal);

    /// <summary>The only response that begins so, without that.</summary>
    public string The(string start) => Assert.Single(Untagged, line => line.StartsWith(start, StringComparison.Ordinal))[start.Length..];
}

/// <summary>An IMAP client on a real socket, under TLS if it asked for it. Octets are characters.</summary>
internal sealed partial class ImapClientPeer : SocketPeer
{
    private int _tags;

    private ImapClientPeer(Socket socket) : base(socket) { }

    protected override Encoding LineEncoding => Encoding.Latin1;

    public static async Task<ImapClientPeer> ConnectAsync(ImapServer server) => new(await OpenAsync(server.Local));

    // what does not come is missed within reasonable time
    public override Task<string?> ReadLineAsync() => base.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20), Cancel);

    /// <summary>The tag of the last command.</summary>
    public string Tag => string.Create(CultureInfo.InvariantCulture, $"t{_tags}");

    /// <summary>Begins a command; <c>{{text}}</c> in it is a literal that waits for nothing.</summary>
    public Task BeginAsync(string command)
    {
        _tags++;
        return SendAsync($"{Tag} {WithLiterals(command)}\r\n");
    }

    public async Task<ImapReply> RunAsync(string command)
    {
        await BeginAsync(command);
        return await EndAsync();
    }

    /// <summary>The rest of the answer to the last command.</summary>
    public async Task<ImapReply> EndAsync()
    {
        var untagged = new List<string>();
        while (true)
        {
            string line = await ReadAsync() ?? throw new IOException("closed after " + string.Join('\n', untagged));
            if (line.StartsWith(Tag + " ", StringComparison.Ordinal)) return new(untagged, line[(Tag.Length + 1)..]);
            untagged.Add(line);
        }
    }

    /// <summary>As <see cref="RunAsync"/>, and it must be OK.</summary>
    public async Task<ImapReply> OkAsync(string command)
    {
        var reply = await RunAsync(command);
        Assert.True(reply.IsOk, $"{command}: {string.Join('\n', reply.Untagged)}\n{reply.End}");
        return reply;
    }

    public async Task CompressAsync()
    {
        await OkAsync("COMPRESS DEFLATE");
        BeginCompression();
    }

    /// <summary>A response with its literals, without the last CRLF; null when the server has closed.</summary>
    public async Task<string?> ReadAsync()
    {
        if (await ReadLineAsync() is not { } line) return null;
        var response = new StringBuilder(line);
        while (Literal().Match(line) is { Success: true } header)
        {
            int left = int.Parse(header.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            response.Append("\r\n");
            for (; ; )
            {
                line = await ReadLineAsync() ?? throw new IOException("closed within a literal");
                response.Append(line);
                if (line.Length >= left) break;
                response.Append("\r\n");
                left -= line.Length + 2;
            }
            line = line[left..];
        }
        return response.ToString();
    }

    public static string WithLiterals(string command) => Marked().Replace(command, m => string.Create(CultureInfo.InvariantCulture, $"{{{m.Groups[1].Length}+}}\r\n{m.Groups[1].Value}"));

    [GeneratedRegex(@"\{(\d+)\}$")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\{\{(.*?)\}\}", RegexOptions.Singleline)]
    private static partial Regex Marked();
}
