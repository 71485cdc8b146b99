using MimeKit;

namespace Mta.Load;

/// <summary>A file that goes with each message.</summary>
internal sealed class Attachment
{
    private static readonly FormatOptions Format = MakeFormat();
    private readonly MimePart _part;

    public Attachment(string path, byte[] content) => _part = new(MimeTypes.GetMimeType(path))
    {
        Content = new MimeContent(new MemoryStream(content)),
        ContentDisposition = new(ContentDisposition.Attachment) { FileName = Path.GetFileName(path) },
        // lines of base64 never begin with a dot, so they need no stuffing
        ContentTransferEncoding = ContentEncoding.Base64,
    };

    /// <summary>Writes it as a part of a multipart message, header included; lines end in CRLF.</summary>
    public void Write(Stream target) => _part.WriteTo(Format, target);

    private static FormatOptions MakeFormat()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        return format;
    }
}
