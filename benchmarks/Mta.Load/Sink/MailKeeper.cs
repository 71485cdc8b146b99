using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Mta.Load.Sink;

/// <summary>The envelope of a message that is kept.</summary>
internal sealed record KeptEnvelope(string Sender, IReadOnlyList<string> Recipients, string Client, string Helo, DateTimeOffset Time);

/// <summary>
/// Keeps messages as files. Each is written to a file of its own first, so a message that comes to nothing leaves none. What is kept is the
/// content as SMTP transports it: lines end in CRLF, stuffed dots are gone. Files are written where the octets arrive, which makes the
/// sink as slow as its disk.
/// </summary>
internal abstract class MailKeeper(string workFolder)
{
    private long _last;

    /// <summary>A new file; throws <see cref="IOException"/>.</summary>
    public FileStream Create() => new(Path.Combine(workFolder, string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _last):d9}.part")),
        FileMode.Create, FileAccess.ReadWrite, FileShare.Read);

    /// <summary>Moves a complete message to its place and closes it; throws <see cref="IOException"/>.</summary>
    public abstract void Keep(FileStream file, KeptEnvelope envelope);

    /// <summary>Removes a file that comes to nothing.</summary>
    public static void Discard(FileStream file)
    {
        file.Dispose();
        File.Delete(file.Name);
    }

    protected static string Close(FileStream file)
    {
        file.Dispose();
        return file.Name;
    }
}

/// <summary>A Maildir: every message a file in <c>new</c>.</summary>
internal sealed class MaildirKeeper : MailKeeper
{
    private readonly string _folder;
    private long _count;

    public MaildirKeeper(string folder) : base(Path.Combine(folder, "tmp"))
    {
        _folder = folder;
        foreach (string name in (string[])["tmp", "new", "cur"]) Directory.CreateDirectory(Path.Combine(folder, name));
    }

    public override void Keep(FileStream file, KeptEnvelope envelope) => File.Move(Close(file), Path.Combine(_folder, "new", string.Create(CultureInfo.InvariantCulture,
        $"{envelope.Time.ToUnixTimeSeconds()}.{Environment.ProcessId}_{Interlocked.Increment(ref _count)}.sink")));
}

/// <summary>Byte-exact: <c>000000001.eml</c> is the content, <c>000000001.json</c> the envelope.</summary>
internal sealed class RecordKeeper : MailKeeper
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly string _folder;
    private long _count;

    public RecordKeeper(string folder) : base(folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    public override void Keep(FileStream file, KeptEnvelope envelope)
    {
        string name = Path.Combine(_folder, Interlocked.Increment(ref _count).ToString("d9", CultureInfo.InvariantCulture));
        File.WriteAllText(name + ".json", JsonSerializer.Serialize(envelope, Format));
        File.Move(Close(file), name + ".eml", overwrite: true);
    }
}

/// <summary>One file in the mboxrd format (RFC 4155 is vague; lines that begin with <c>&gt;*From </c> get one more <c>&gt;</c>), lines end in LF.</summary>
internal sealed class MboxKeeper(string path) : MailKeeper(WorkFolder(path)), IDisposable
{
    private readonly Lock _gate = new();
    private readonly StreamWriter _mbox = new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read), Encoding.Latin1) { NewLine = "\n" };

    public override void Keep(FileStream file, KeptEnvelope envelope)
    {
        lock (_gate)
        {
            _mbox.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"From {(envelope.Sender.Length == 0 ? "MAILER-DAEMON" : envelope.Sender)} {envelope.Time.UtcDateTime:ddd MMM d HH:mm:ss yyyy}"));
            file.Position = 0;
            // Latin-1 keeps every octet
            using var reader = new StreamReader(file, Encoding.Latin1, leaveOpen: true);
            while (reader.ReadLine() is { } line)
            {
                if (line.AsSpan().TrimStart('>').StartsWith("From ")) _mbox.Write('>');
                _mbox.WriteLine(line);
            }
            _mbox.WriteLine();
            _mbox.Flush();
        }
        Discard(file);
    }

    public void Dispose()
    {
        _mbox.Dispose();
        Directory.Delete(WorkFolder(path), recursive: true);
    }

    private static string WorkFolder(string path) => Directory.CreateDirectory(path + ".parts").FullName;
}
