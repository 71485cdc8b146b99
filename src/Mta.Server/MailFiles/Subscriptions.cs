using System.Text;

namespace Mta.Server.MailFiles;

/// <summary>Dovecot's file of subscriptions: since version 2 the levels of a name stand between tabs; before, the whole name with its separator.</summary>
internal static class Subscriptions
{
    private const string Header = "V\t2";

    /// <summary>Null where there is none.</summary>
    /// <param name="separator">Of version 1: a dot in Maildir++, else a slash.</param>
    public static IReadOnlySet<string>? Read(string file, char separator)
    {
        if (!File.Exists(file)) return null;
        string[] lines = File.ReadAllLines(file);
        bool isNew = lines is [Header, ..];
        return lines.Skip(isNew ? 1 : 0).Where(line => line.Length > 0)
            .Select(line => string.Join('/', line.Split(isNew ? '\t' : separator).Select(FolderNames.Decode))).ToHashSet(StringComparer.Ordinal);
    }

    public static void Write(string file, IEnumerable<string> names) => File.WriteAllText(file,
        Header + "\n\n" + string.Concat(names.Order(StringComparer.Ordinal).Select(name => string.Join('\t', name.Split('/').Select(Protocol.Imap.ModifiedUtf7.Encode)) + "\n")), new UTF8Encoding(false));
}
