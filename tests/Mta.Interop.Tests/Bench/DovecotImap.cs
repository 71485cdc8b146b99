using System.Globalization;
using System.Text;

namespace Mta.Interop.Tests.Bench;

/// <summary>Dovecot's IMAP server over a maildir of the test's own, spoken to through its standard input: already signed in, no port.</summary>
internal sealed class DovecotImap : IDisposable
{
    private const string Program = "/usr/lib/dovecot/imap";
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-dovecot-").FullName;

    private DovecotImap() { }

    /// <summary>The maildir.</summary>
    public string Mail => Path.Combine(_folder, "mail");

    /// <param name="messages">The mailbox: their numbers are their places.</param>
    /// <param name="at">When they arrived; now, where nothing is said.</param>
    public static async Task<DovecotImap> Start(IReadOnlyList<byte[]> messages, DateTimeOffset? at = null)
    {
        if (!File.Exists(Program)) Assert.Skip("Dovecot has no IMAP (Debian package dovecot-imapd)");
        Command.NeedRoot();
        var server = new DovecotImap();
        try
        {
            await server.Configure(messages, at);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>The answers to FETCH of the items, a list of names and values for each message; octets as ISO 8859-1.</summary>
    public Task<IReadOnlyList<ImapValue[]>> Fetch(int count, string items) => Fetch([.. Enumerable.Repeat(items, count)]);

    /// <param name="items">Of each message.</param>
    public async Task<IReadOnlyList<ImapValue[]>> Fetch(string[] items)
    {
        string answer = await Run(items.Select((item, i) => string.Create(CultureInfo.InvariantCulture, $"FETCH {i + 1} ({item})")));
        return [.. Enumerable.Range(1, items.Length).Select(i => Answer(answer, i))];
    }

    /// <summary>The numbers that SEARCH finds for each key with the text.</summary>
    public async Task<IReadOnlyList<string>> Search(IEnumerable<(string Key, string Text)> searches)
    {
        string answer = await Run(searches.Select(s => string.Create(CultureInfo.InvariantCulture, $"SEARCH CHARSET UTF-8 {s.Key} {{{Encoding.UTF8.GetByteCount(s.Text)}+}}\r\n{s.Text}")));
        return [.. answer.Split("\r\n").Where(line => line.StartsWith("* SEARCH", StringComparison.Ordinal)).Select(line => line["* SEARCH".Length..].Trim())];
    }

    private Task<string> Run(IEnumerable<string> commands) =>
        Talk(string.Concat(commands.Prepend("SELECT INBOX").Select((command, i) => string.Create(CultureInfo.InvariantCulture, $"a{i} {Latin1(command)}\r\n"))));

    /// <summary>UTF-8, an octet a character.</summary>
    private static string Latin1(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends it all at once, and returns all that comes; octets as ISO 8859-1.</summary>
    public async Task<string> Talk(string commands)
    {
        string output = Path.Combine(_folder, "output"), input = Path.Combine(_folder, "input");
        // through files: what is asked and answered are octets, not text
        await File.WriteAllBytesAsync(input, Encoding.Latin1.GetBytes(commands + "z LOGOUT\r\n"));
        var result = await Command.Run("/bin/sh", ["-c", $"cat input | USER=root HOME=$PWD {Program} -c dovecot.conf | cat > output"], _folder);
        string answer = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(output));
        Assert.True(answer.Contains("\r\nz OK", StringComparison.Ordinal), answer + result.Error);
        return answer;
    }

    private static ImapValue[] Answer(string answer, int number)
    {
        string start = string.Create(CultureInfo.InvariantCulture, $"\r\n* {number} FETCH ");
        int at = answer.IndexOf(start, StringComparison.Ordinal);
        Assert.True(at >= 0, $"no answer for {number}");
        at += start.Length;
        return ImapValue.Parse(answer, ref at).Items!;
    }

    private async Task Configure(IReadOnlyList<byte[]> messages, DateTimeOffset? at)
    {
        string mail = Mail;
        foreach (string folder in (string[])["cur", "new", "tmp"]) Directory.CreateDirectory(Path.Combine(mail, folder));
        for (int i = 0; i < messages.Count; i++)
        {
            string file = Path.Combine(mail, "cur", string.Create(CultureInfo.InvariantCulture, $"{i:D5}:2,S"));
            await File.WriteAllBytesAsync(file, messages[i]);
            if (at is { } time) File.SetLastWriteTimeUtc(file, time.UtcDateTime);
        }
        await File.WriteAllTextAsync(Path.Combine(_folder, "dovecot.conf"), $"""
            mail_location = maildir:{mail}
            base_dir = {_folder}/run
            log_path = {_folder}/log
            ssl = no
            mail_uid = mail
            mail_gid = mail
            first_valid_uid = 1

            """);
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        await Own();
    }

    /// <summary>What was put into the maildir becomes its user's.</summary>
    public Task Own() => Command.Run("chown", ["-R", "mail:mail", Mail]);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
