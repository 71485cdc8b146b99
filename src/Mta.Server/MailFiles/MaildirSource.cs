namespace Mta.Server.MailFiles;

/// <summary>Reads a Maildir with its folders: Maildir++ (<c>.Sub.Folder</c>), or folders in folders as Dovecot's layout <c>fs</c> and mbsync have them.</summary>
internal static class MaildirSource
{
    private static readonly string[] Parts = ["cur", "new"], Own = ["cur", "new", "tmp"];

    public static bool IsOne(string path) => Parts.Any(part => Directory.Exists(Path.Combine(path, part)));

    /// <summary>There is one at the root, or below it.</summary>
    public static bool HasOne(string path) => Find(path, "").Any();

    public static MailSource Open(string root)
    {
        var mailboxes = Find(root, "").OrderBy(m => m.Name, StringComparer.Ordinal).ToList();
        bool isDotted = mailboxes.Any(m => Path.GetFileName(m.Origin).StartsWith('.'));
        return new(mailboxes, Subscriptions.Read(Path.Combine(root, "subscriptions"), isDotted ? '.' : '/'));
    }

    private static IEnumerable<SourceMailbox> Find(string path, string name)
    {
        if (IsOne(path)) yield return new(name, path, Messages(path));
        foreach (string folder in Directory.EnumerateDirectories(path))
        {
            string file = Path.GetFileName(folder);
            if (file.StartsWith('.'))
            {
                if (name.Length == 0 && IsOne(folder)) yield return new(string.Join('/', file[1..].Split('.').Select(FolderNames.Decode)), folder, Messages(folder));
            }
            else if (!Own.Contains(file))
                foreach (var below in Find(folder, name.Length == 0 ? FolderNames.Decode(file) : $"{name}/{FolderNames.Decode(file)}")) yield return below;
        }
    }

    /// <summary>In the order in which they came.</summary>
    private static IEnumerable<SourceMessage> Messages(string folder)
    {
        var names = MaildirFlags.ReadNames(folder);
        var files = Parts.Select(part => Path.Combine(folder, part)).Where(Directory.Exists).SelectMany(part => new DirectoryInfo(part).EnumerateFiles())
            .Where(file => !file.Name.StartsWith('.')).Select(file => (Path: file.FullName, file.Name, At: file.LastWriteTimeUtc)).ToList();
        files.Sort((a, b) => a.At != b.At ? a.At.CompareTo(b.At) : string.CompareOrdinal(a.Name, b.Name));
        foreach (var (path, name, at) in files)
        {
            var (flags, keywords) = MaildirFlags.Parse(name, names);
            yield return new(path, flags, keywords, new(at, TimeSpan.Zero), output =>
            {
                using var file = File.OpenRead(path);
                file.CopyTo(new CrlfFilter(output));
            });
        }
    }
}
