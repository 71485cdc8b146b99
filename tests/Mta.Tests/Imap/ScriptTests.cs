using System.Text;
using System.Text.RegularExpressions;
using Mta.Config;
using Mta.Testing;
using Mta.Tests.Net;

namespace Mta.Tests.Imap;

/// <summary>
/// Dialogues of several sessions, text files in <c>Scripts</c>. <c>A&gt; NOOP</c> sends a command of session A, which signs in first (P as poor, N as ann, E as eve, all others as tim); <c>A&lt; * 1 EXISTS</c> is what it
/// must read next (of the end of a command without its tag; <c>…</c> stands for anything); <c>A! NOOP</c> is a command that must be OK whatever else it says;
/// <c>A: DONE</c> is sent as it is. <c>restart</c> ends the server and starts it on the same folder. At the end no session has anything left to read.
/// Each is played over every kind of connection, whole and in pieces.
/// </summary>
public sealed class ScriptTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Imap", "Scripts");

    private static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal);

    private const string Settings = """
        allow-plaintext-on-loopback = true
        append-limit = 4KiB
        metadata { max-value = 1KiB, max-entries = 10, admin = "mailto:admin@ours.test", comment = "Be kind" }
        """;

    /// <summary>Script, under TLS, compressed, octets that go over the wire at once.</summary>
    public static TheoryData<string, bool, bool, int> Plays =>
    [
        .. from name in Names
           from way in ((bool, bool, int)[])[(false, false, int.MaxValue), (false, false, 1), (true, false, 7), (false, true, 1), (true, true, 7)]
           select (name, way.Item1, way.Item2, way.Item3),
    ];

    [Theory, MemberData(nameof(Plays))]
    public async Task Is_played(string name, bool tls, bool compressed, int piece)
    {
        string data = Directory.CreateTempSubdirectory("mta-imap-").FullName;
        var server = Start();
        var sessions = new Dictionary<char, ImapClientPeer>();
        int number = 0;
        try
        {
            foreach (string raw in await File.ReadAllLinesAsync(Path.Combine(Folder, name + ".txt"), TestContext.Current.CancellationToken))
            {
                number++;
                if (raw.Length == 0 || raw[0] == '#') continue;
                if (raw == "restart")
                {
                    await EndAsync(sessions);
                    await server.DisposeAsync();
                    server = Start();
                    continue;
                }
                if (!sessions.TryGetValue(raw[0], out var session)) sessions.Add(raw[0], session = await ConnectAsync(UserOf(raw[0])));
                // as octets are characters in the peer
                string text = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(raw[3..])).Replace("\\r\\n", "\r\n", StringComparison.Ordinal);
                switch (raw[1])
                {
                    case '>': await session.BeginAsync(text); break;
                    case '!': await session.OkAsync(text); break;
                    case ':': await session.SendAsync(text + "\r\n"); break;
                    default:
                        string line = await ReadAsync(session) ?? "(closed)";
                        if (line.StartsWith(session.Tag + " ", StringComparison.Ordinal)) line = line[(session.Tag.Length + 1)..];
                        Assert.True(IsMatch(text, line), $"{name}.txt line {number}: expected {text}\nread     {line}");
                        break;
                }
            }
            await EndAsync(sessions);
        }
        finally
        {
            foreach (var session in sessions.Values) session.Dispose();
            await server.DisposeAsync();
            Directory.Delete(data, recursive: true);
        }

        ImapServer Start() => new(Settings, data, TestServer.Tls, kind: tls ? ListenerKind.Imaps : ListenerKind.Imap);

        async Task<ImapClientPeer> ConnectAsync(string user)
        {
            var session = await ImapClientPeer.ConnectAsync(server);
            if (tls) await session.StartTlsAsync();
            session.PieceSize = piece;
            Assert.StartsWith("* OK [CAPABILITY ", await session.ReadAsync(), StringComparison.Ordinal);
            await session.OkAsync($"LOGIN {user} {SmtpScript.Password}");
            if (compressed) await session.CompressAsync();
            return session;
        }
    }

    private static string UserOf(char session) => session switch { 'P' => ImapServer.Poor, 'N' => ImapServer.Ann, 'E' => ImapServer.Eve, _ => ImapServer.User };

    private static async Task<string?> ReadAsync(ImapClientPeer session)
    {
        try
        {
            return await session.ReadAsync();
        }
        catch (TimeoutException)
        {
            return "(nothing)";
        }
    }

    private static async Task EndAsync(Dictionary<char, ImapClientPeer> sessions)
    {
        foreach (var (name, session) in sessions)
        {
            var reply = await session.RunAsync("LOGOUT");
            Assert.True(reply.Untagged is ["* BYE goodbye"], $"{name} had left: {string.Join('\n', reply.Untagged)}");
            session.Dispose();
        }
        sessions.Clear();
    }

    private static bool IsMatch(string expected, string line) =>
        Regex.IsMatch(line, "^" + Regex.Escape(expected).Replace(Ellipsis, ".*", StringComparison.Ordinal) + "$", RegexOptions.Singleline | RegexOptions.CultureInvariant);

    private static string Ellipsis { get; } = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("…"));
}
