using System.Text;
using Mta.Spool;

namespace Mta.Tls;

/// <summary>Files with keys in them: nobody else's to read, and after a crash either the old one or the new one.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes <paramref name="text"/> and returns when it is on stable storage; throws <see cref="IOException"/>.</summary>
    public static void Write(string path, string text)
    {
        string folder = Path.GetDirectoryName(path)!, temporary = path + ".new";
        MakeFolder(folder);
        File.Delete(temporary); // of a crash
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerFile;
        using (var file = new FileStream(temporary, options))
        {
            file.Write(Encoding.ASCII.GetBytes(text));
            StableStorage.SyncData(file.SafeFileHandle);
        }
        File.Move(temporary, path, overwrite: true);
        StableStorage.SyncFolder(folder);
    }

    private static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        string parent = Path.GetDirectoryName(folder)!;
        MakeFolder(parent);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OwnerFile | UnixFileMode.UserExecute);
        StableStorage.SyncFolder(parent);
    }
}
