using Microsoft.AspNetCore.WebUtilities;
using Mta.Server.Web;

namespace Mta.Server.MailFiles;

/// <summary>Writes an mbox (mboxrd, with Content-Length) for each mailbox; those below <c>Work</c> go to the folder <c>Work.sbd</c>. A file that was there is replaced.</summary>
internal sealed class MboxTarget(string root) : IMailTarget
{
    private const int InMemory = 1 << 20;

    private string _path = "";
    private FileStream? _output;

    public void Begin(MailboxView mailbox)
    {
        _output?.Dispose();
        string[] levels = mailbox.Name.Split('/');
        string folder = Path.Combine([root, .. levels[..^1].Select(level => FolderNames.Encode(level) + ".sbd")]);
        PrivateFiles.CreateFolder(folder);
        _path = Path.Combine(folder, FolderNames.Encode(levels[^1]));
        _output = PrivateFiles.Create(Temporary);
    }

    public async Task<bool> AddAsync(MessageFrame message, FileBufferingWriteStream octets, bool isPlain, CancellationToken cancel)
    {
        await using var split = new HeaderSplit(InMemory);
        var lines = new FromLines(split, quote: true);
        Stream filter = isPlain ? new LfFilter(lines) : lines;
        await octets.DrainBufferAsync(filter, cancel);
        await filter.FlushAsync(cancel);
        lines.Flush();
        var output = _output!;
        await output.WriteAsync(MboxHeader.Format(message.ReceivedAt, message.Flags, message.Keywords, split.BodyLength), cancel);
        await split.CopyToAsync(output, cancel);
        // the end of the last line, where it has none, and the empty line between messages
        await output.WriteAsync(lines.Last == '\n' ? "\n"u8.ToArray() : "\n\n"u8.ToArray(), cancel);
        return true;
    }

    public void End()
    {
        _output!.Dispose();
        File.Move(Temporary, _path, overwrite: true);
    }

    public void Finish(IEnumerable<string> subscribed)
    {
        _output?.Dispose();
        Subscriptions.Write(Path.Combine(root, ".subscriptions"), subscribed);
    }

    // one that begins with a dot is no mailbox
    private string Temporary => Path.Combine(Path.GetDirectoryName(_path)!, "." + Path.GetFileName(_path) + ".tmp");
}
