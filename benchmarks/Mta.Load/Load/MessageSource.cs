using System.Collections.Immutable;

namespace Mta.Load;

/// <summary>Where the messages of a run come from.</summary>
public abstract record MessageSource
{
    /// <summary>Octets of one file, at most.</summary>
    public const long MaxFile = 100 * 1024 * 1024;

    private const int MaxFiles = 100_000;
    private const long MaxTotal = 1024L * 1024 * 1024;

    private MessageSource() { }

    /// <summary>Plain text of a size, and the same files with each message; their octets come on top of the size.</summary>
    public sealed record Generated(MessageSize Size) : MessageSource
    {
        public ImmutableArray<string> Attachments { get; init; } = [];

        internal override ImmutableArray<MessageTemplate> Load(bool stuffs) =>
            [Attachments.IsEmpty ? MessageTemplate.Generated(Size) : MessageTemplate.Generated(Size, [.. Attachments.Select(a => new Attachment(a, Read(a)))])];
    }

    /// <summary>One file, with the merge fields {n}, {to}, {from}, {domain}, {date} and {id}.</summary>
    public sealed record Template(string Path) : MessageSource
    {
        internal override ImmutableArray<MessageTemplate> Load(bool stuffs) => [MessageTemplate.Of(Read(Path), stuffs, merges: true)];
    }

    /// <summary>The <c>.eml</c> files of a folder in the order of their names, in turn; sent as they are, but for the id in front.</summary>
    public sealed record Folder(string Path) : MessageSource
    {
        internal override ImmutableArray<MessageTemplate> Load(bool stuffs)
        {
            string[] files = [.. Directory.EnumerateFiles(Path, "*.eml").Order(StringComparer.Ordinal).Take(MaxFiles + 1)];
            if (files.Length == 0) throw new IOException($"{Path} holds no .eml file");
            if (files.Length > MaxFiles) throw new IOException($"{Path} holds more than {MaxFiles} .eml files");
            if (files.Sum(f => new FileInfo(f).Length) > MaxTotal) throw new IOException($"the messages in {Path} are larger than 1 GiB together");
            return [.. files.Select(f => MessageTemplate.Of(Read(f), stuffs, merges: false))];
        }
    }

    /// <summary>Reads everything once; an <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> if it cannot.</summary>
    internal abstract ImmutableArray<MessageTemplate> Load(bool stuffs);

    private static byte[] Read(string path) =>
        new FileInfo(path).Length <= MaxFile ? File.ReadAllBytes(path) : throw new IOException($"{path} is larger than 100 MiB");
}
