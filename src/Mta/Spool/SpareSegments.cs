using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Mta.Spool;

/// <summary>
/// Files that are ready to become segments: emptied ones, and one that is filled with zeros in the background. Writing over blocks that were
/// written before takes fdatasync half the time that reserved but unwritten ones take.
/// </summary>
internal sealed class SpareSegments(ISpoolDisk disk, SpoolSettings settings, ILogger log) : IDisposable
{
    public const string Suffix = ".spare";
    private readonly ConcurrentQueue<(string Name, ISpoolFile File)> _ready = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _preparing = Task.CompletedTask;
    private long _preparedAfter;
    private int _names;

    public long Bytes => _ready.Count * settings.SegmentSize;

    /// <summary>A spare file, or a new one where there is none.</summary>
    public (string Name, ISpoolFile File) Take(long number)
    {
        if (_ready.TryDequeue(out var spare)) return spare;
        string name = string.Create(CultureInfo.InvariantCulture, $"new-{number:D8}{Suffix}");
        return (name, disk.Create(name));
    }

    /// <summary>Takes a segment's file. Its new name is durable before anything is written to it under that name.</summary>
    public bool TryRecycle(string name, ISpoolFile file)
    {
        if (_ready.Count >= settings.SpareSegments || file.Length != settings.SegmentSize) return false;
        string spare = NewName();
        disk.Rename(name, spare);
        disk.SyncFolder("");
        _ready.Enqueue((spare, file));
        return true;
    }

    /// <summary>Begins to make one in the background, unless there is one. Tried once for each segment that it is to follow.</summary>
    public void Prepare(long after)
    {
        if (after == _preparedAfter || settings.SpareSegments == 0 || !_ready.IsEmpty || !_preparing.IsCompleted) return;
        _preparedAfter = after;
        string name = NewName();
        _preparing = Task.Run(() => Fill(name));
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _preparing.Wait();
        while (_ready.TryDequeue(out var spare)) spare.File.Dispose();
        _stopping.Dispose();
    }

    private void Fill(string name)
    {
        ISpoolFile? file = null;
        try
        {
            file = disk.Create(name);
            byte[] zeros = new byte[256 * 1024];
            for (long at = 0; at < settings.SegmentSize && !_stopping.IsCancellationRequested; at += zeros.Length)
                file.Write(at, [zeros.AsMemory(0, (int)Math.Min(zeros.Length, settings.SegmentSize - at))]);
            file.Sync();
            _ready.Enqueue((name, file));
        }
        catch (IOException e)
        {
            log.LogWarning("no spare segment could be made: {Error}", e.Message);
            file?.Dispose();
            Discard(name);
        }
    }

    private void Discard(string name)
    {
        try
        {
            disk.Delete(name);
        }
        catch (IOException e)
        {
            log.LogWarning("{Name} cannot be deleted; the next start will: {Error}", name, e.Message);
        }
    }

    private string NewName() => string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _names):D8}{Suffix}");
}
