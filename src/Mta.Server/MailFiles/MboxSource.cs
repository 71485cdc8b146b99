using System.Globalization;

namespace Mta.Server.MailFiles;

/// <summary>Reads an mbox, or a folder of such, each a mailbox: those below <c>Work</c> lie in the folder <c>Work</c> or <c>Work.sbd</c>.</summary>
internal static class MboxSource
{
    private const string Below = ".sbd";

    /// <summary>Octets of a header that are kept: what follows is the body.</summary>
    private const long MaxHeader = 1 << 20;

    public static MailSource Open(string path) => File.Exists(path)
        ? new([new("", path, Messages(path))], null)
        : new([.. Find(path, "").OrderBy(m => m.Name, StringComparer.Ordinal)], Subscriptions.Read(Path.Combine(path, ".subscriptions"), '/'));

    private static IEnumerable<SourceMailbox> Find(string path, string name)
    {
        foreach (string file in Directory.EnumerateFiles(path))
            if (!IsHidden(file) && !file.EndsWith(".msf", StringComparison.OrdinalIgnoreCase)) yield return new(Join(Path.GetFileName(file)), file, Messages(file));
        foreach (string folder in Directory.EnumerateDirectories(path))
        {
            string level = Path.GetFileName(folder);
            if (IsHidden(folder)) continue;
            if (level.EndsWith(Below, StringComparison.OrdinalIgnoreCase)) level = level[..^Below.Length];
            foreach (var below in Find(folder, Join(level))) yield return below;
        }

        string Join(string level) => name.Length == 0 ? FolderNames.Decode(level) : $"{name}/{FolderNames.Decode(level)}";
    }

    private static bool IsHidden(string path) => Path.GetFileName(path).StartsWith('.');

    private static IEnumerable<SourceMessage> Messages(string path)
    {
        using var file = File.OpenRead(path);
        var lines = new MboxLines(file);
        if (!lines.Read()) yield break;
        if (MboxHeader.Begins(lines.Line) is not { } at) throw new InvalidDataException("it is no mbox: it does not begin with From, a sender and a date");
        for (int number = 1; ; number++)
        {
            var header = ReadHeader(lines, out bool hasBody);
            var (start, end, isQuoted) = (lines.Next, lines.Next, true);
            long next;
            if (header.ContentLength is { } length && EndsAt(lines, file.Length, start + length) is { } behind)
            {
                // RFC 4155 says nothing of it, but where it is right it is more than a guess
                end = start + length;
                if (length == 0 && behind == start) hasBody = false;
                isQuoted = !HasFrom(lines, start, end);
                next = behind;
            }
            else (end, next) = FindEnd(lines, start);
            bool isWhole = hasBody;
            yield return new(string.Create(CultureInfo.InvariantCulture, $"{path}, message {number}"), header.Flags, header.Keywords, at, output =>
            {
                var filter = new CrlfFilter(output);
                filter.Write(header.Fields.GetBuffer().AsSpan(0, (int)header.Fields.Length));
                if (isWhole) filter.Write("\n"u8);
                Copy(file, start, end, isQuoted ? new FromLines(filter, quote: false) : filter);
            });
            lines.Seek(next);
            if (!lines.Read()) yield break;
            if (MboxHeader.Begins(lines.Line) is not { } following) throw new InvalidDataException($"no message begins at octet {next}");
            at = following;
        }
    }

    /// <summary>Reads to the end of the header.</summary>
    /// <param name="hasBody">An empty line ends it.</param>
    private static MboxHeader ReadHeader(MboxLines lines, out bool hasBody)
    {
        var header = new MboxHeader();
        hasBody = false;
        while (header.Fields.Length < MaxHeader && lines.Read())
        {
            if (lines.IsBlank)
            {
                hasBody = true;
                break;
            }
            header.Add(lines.Line);
        }
        return header;
    }

    /// <summary>Where the next message begins if one ends here, null if none does: at the end of the file, or before a line that begins one.</summary>
    private static long? EndsAt(MboxLines lines, long size, long end)
    {
        if (end > size) return null;
        lines.Seek(end);
        // the rest of a last line that has no end of its own, and the empty line between
        for (int i = 0; i < 3; i++)
        {
            if (!lines.Read()) return size;
            if (MboxHeader.Begins(lines.Line) is not null) return lines.Offset;
            if (!lines.IsBlank) return null;
        }
        return null;
    }

    private static bool HasFrom(MboxLines lines, long start, long end)
    {
        lines.Seek(start);
        while (lines.Read() && lines.Offset < end)
            if (lines.Line.StartsWith("From "u8)) return true;
        return false;
    }

    /// <summary>A message goes on to an empty line before one that begins another.</summary>
    private static (long End, long Next) FindEnd(MboxLines lines, long start)
    {
        long? blank = start;
        lines.Seek(start);
        while (lines.Read())
        {
            if (blank is { } end && MboxHeader.Begins(lines.Line) is not null) return (Math.Max(end, start), lines.Offset);
            blank = lines.IsBlank ? lines.Offset : null;
        }
        return (blank ?? lines.Next, lines.Next);
    }

    private static void Copy(FileStream file, long start, long end, OctetFilter output)
    {
        byte[] buffer = new byte[64 * 1024];
        file.Position = start;
        for (long left = end - start; left > 0;)
        {
            int read = file.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0) break;
            output.Write(buffer.AsSpan(0, read));
            left -= read;
        }
        output.Flush();
    }
}
