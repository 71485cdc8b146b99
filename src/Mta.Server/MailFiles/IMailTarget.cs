using Mta.Server.Web;

namespace Mta.Server.MailFiles;

/// <summary>Writes mail into files, a mailbox after the other.</summary>
internal interface IMailTarget
{
    /// <summary>What follows is of this mailbox. Throws <see cref="IOException"/>.</summary>
    void Begin(MailboxView mailbox);

    /// <summary>The next message. False where it is there already. Throws <see cref="IOException"/>.</summary>
    /// <param name="octets">As they are kept.</param>
    /// <param name="isPlain">CRLF can become LF, and CRLF again.</param>
    Task<bool> AddAsync(MessageFrame message, Microsoft.AspNetCore.WebUtilities.FileBufferingWriteStream octets, bool isPlain, CancellationToken cancel);

    /// <summary>The mailbox is complete.</summary>
    void End();

    /// <summary>All is written.</summary>
    void Finish(IEnumerable<string> subscribed);
}

/// <summary>Files for their owner alone: it is mail.</summary>
internal static class PrivateFiles
{
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(path, options);
    }
}
