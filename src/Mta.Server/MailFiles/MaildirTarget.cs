using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Mta.Server.Web;

namespace Mta.Server.MailFiles;

/// <summary>Writes a Maildir: the folders as Maildir++ has them, or one in the other.</summary>
/// <param name="isNested">Folders lie in folders (Dovecot's layout <c>fs</c>).</param>
internal sealed class MaildirTarget(string root, bool isNested) : IMailTarget
{
    private readonly Dictionary<string, string> _there = new(StringComparer.Ordinal);
    private string _folder = "";
    private MailboxView? _mailbox;

    public void Begin(MailboxView mailbox)
    {
        _mailbox = mailbox;
        string path = mailbox.Name == "INBOX" ? "" : isNested ? Path.Combine([.. mailbox.Name.Split('/').Select(FolderNames.Encode)]) : FolderNames.EncodeDotted(mailbox.Name);
        _folder = Path.Combine(root, path);
        PrivateFiles.CreateFolder(_folder);
        foreach (string part in (string[])["cur", "new", "tmp"]) PrivateFiles.CreateFolder(Path.Combine(_folder, part));
        // Maildir++ wants this in each folder but the first
        if (!isNested && path.Length > 0) PrivateFiles.Create(Path.Combine(_folder, "maildirfolder")).Dispose();
        MaildirFlags.WriteNames(_folder, mailbox.Keywords);
        _there.Clear();
        foreach (string part in (string[])["cur", "new"])
            foreach (string file in Directory.EnumerateFiles(Path.Combine(_folder, part))) _there[Unique(Path.GetFileName(file))] = file;
    }

    public async Task<bool> AddAsync(MessageFrame message, FileBufferingWriteStream octets, bool isPlain, CancellationToken cancel)
    {
        string unique = string.Create(CultureInfo.InvariantCulture, $"{message.ReceivedAt.ToUnixTimeSeconds()}.V{_mailbox!.UidValidity}U{message.Uid}.mta");
        string flags = MaildirFlags.Format(message.Flags, [.. message.Keywords], _mailbox.Keywords);
        if (_there.TryGetValue(unique, out string? there))
        {
            string name = Path.GetFileName(there);
            string now = Path.Combine(_folder, "cur", name[..(name.IndexOf(':', StringComparison.Ordinal) is >= 0 and var end ? end : name.Length)] + flags);
            if (now != there) File.Move(there, now);
            return false;
        }
        string file = Path.Combine(_folder, "tmp", unique);
        long size;
        await using (var output = PrivateFiles.Create(file))
        {
            Stream target = isPlain ? new LfFilter(output) : output;
            await octets.DrainBufferAsync(target, cancel);
            await target.FlushAsync(cancel);
            size = output.Length;
        }
        File.SetLastWriteTimeUtc(file, message.ReceivedAt.UtcDateTime);
        // Dovecot takes the sizes from the name: S on the disk, W with CRLF
        File.Move(file, Path.Combine(_folder, "cur", string.Create(CultureInfo.InvariantCulture, $"{unique},S={size},W={message.Size}{flags}")));
        return true;
    }

    public void End() { }

    public void Finish(IEnumerable<string> subscribed) => Subscriptions.Write(Path.Combine(root, "subscriptions"), subscribed);

    private static string Unique(string name) => name.IndexOfAny([',', ':']) is >= 0 and var end ? name[..end] : name;
}
