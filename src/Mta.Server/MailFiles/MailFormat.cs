namespace Mta.Server.MailFiles;

/// <summary>How mail lies in files.</summary>
internal enum MailFormat
{
    /// <summary>With Maildir++ folders.</summary>
    Maildir,

    /// <summary>With folders in folders.</summary>
    MaildirFs,
    Mbox,
}

/// <inheritdoc cref="MailFormat"/>
internal static class MailFormats
{
    /// <summary>Names as the commands take them.</summary>
    public static readonly string[] Names = ["maildir", "maildir-fs", "mbox"];

    /// <summary>Null where it is none.</summary>
    public static MailFormat? Parse(string name) => Array.IndexOf(Names, name) is >= 0 and var index ? (MailFormat)index : null;

    /// <summary>What lies at a path: a file is an mbox, a folder is a Maildir where it holds one anywhere.</summary>
    public static MailSource Open(string path, MailFormat? format)
    {
        if (!File.Exists(path) && !Directory.Exists(path)) throw new FileNotFoundException($"{path} does not exist");
        bool isMbox = format is { } named ? named == MailFormat.Mbox : File.Exists(path) || !MaildirSource.HasOne(path);
        if (!isMbox && (File.Exists(path) || !MaildirSource.HasOne(path))) throw new InvalidDataException($"{path} is no Maildir: there is no folder cur or new in it, nor below it");
        return isMbox ? MboxSource.Open(path) : MaildirSource.Open(path);
    }

    public static IMailTarget Create(string path, MailFormat format) => format == MailFormat.Mbox ? new MboxTarget(path) : new MaildirTarget(path, isNested: format == MailFormat.MaildirFs);
}
