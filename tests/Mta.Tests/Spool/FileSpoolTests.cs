using Microsoft.Extensions.Logging.Abstractions;
using Mta.Spool;
using static Mta.Tests.Spool.SpoolFixture;

namespace Mta.Tests.Spool;

/// <summary>The spool in a real folder, through the real system calls.</summary>
public sealed class FileSpoolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("spool").FullName;

    [Fact]
    public async Task What_was_stored_is_told_again_after_a_restart()
    {
        var storer = new Recorder();
        await using (var spool = Open())
        {
            var partition = new Recorder();
            spool.Attach(0, partition, 0);
            for (ulong id = 1; id <= 50; id++) spool.Store(0, id, (int)id * 100, storer);
            await spool.FlushAsync();
            Check(storer.Of<SpoolProtocol.Stored>());
            Check(partition.Of<SpoolProtocol.Stored>());
            spool.Settle(0, new(7), [0], Settlement.Delivered);
        }
        await using (var spool = Open())
        {
            var partition = new Recorder();
            spool.Attach(0, partition, 0);
            await partition.Expect<SpoolProtocol.Attached>();
            Check(partition.Of<SpoolProtocol.Stored>());
            var settled = partition.Of<SpoolProtocol.Settled>().Single();
            Assert.Equal((7ul, Settlement.Delivered), (settled.Id.Value, settled.As));
        }

        static void Check(IEnumerable<SpoolProtocol.Stored> told)
        {
            Assert.Equal(Enumerable.Range(1, 50).Select(id => (ulong)id), told.Select(stored => stored.Envelope.Id.Value));
            Assert.All(told, stored => Assert.Equal(Body(stored.Envelope.Id.Value, (int)stored.Envelope.Id.Value * 100), stored.Body.ReadAll()));
        }
    }

    [Fact]
    public async Task Large_bodies_and_emptied_segments_leave_the_folder()
    {
        await using var spool = Open("segment-size = 256KiB, settle-interval = 10ms");
        var partition = new Recorder(message =>
        {
            if (message is not SpoolProtocol.Stored stored) return;
            spool.Settle(0, stored.Envelope.Id, [0], Settlement.Delivered);
            stored.Body.Release();
            spool.Checkpoint(0, stored.Lsn);
        });
        spool.Attach(0, partition, 0);
        var storer = new Recorder();
        for (ulong id = 1; id <= 400; id++) spool.Store(0, id, id % 100 == 0 ? 2_000_000 : 10_000, storer);
        await spool.FlushAsync();
        Assert.Equal(400, storer.Of<SpoolProtocol.Stored>().Count());
        while (spool.Status.Segments > 3 || Directory.EnumerateFiles(Path.Combine(_folder, "large")).Any()) await spool.FlushAsync();
        Assert.InRange(Directory.EnumerateFiles(_folder).Count(), 2, 8);
        Assert.Equal(0, spool.Status.BytesInMemory);
    }

    [Fact]
    public async Task One_process_at_a_time_has_the_spool()
    {
        await using (Open())
        {
            var error = Assert.Throws<IOException>(() => Open());
            Assert.Contains(_folder, error.Message, StringComparison.Ordinal);
        }
        await using var next = Open();
    }

    [Fact]
    public async Task A_folder_that_is_missing_is_made()
    {
        string folder = Path.Combine(_folder, "a", "b");
        await using var spool = FileSpool.Open(folder, 1, Settings("segment-size = 1MiB"), TimeProvider.System, NullLogger.Instance);
        Assert.True(File.Exists(Path.Combine(folder, "00000001.seg")));
    }

    [Fact]
    public void What_the_kernel_says_is_not_lost()
    {
        Assert.Equal(2, Assert.Throws<IOException>(() => StableStorage.SyncFolder(Path.Combine(_folder, "missing"))).HResult);
        using var file = File.OpenHandle(Path.Combine(_folder, "file"), FileMode.Create, FileAccess.ReadWrite);
        Assert.NotEqual(0, Assert.Throws<IOException>(() => StableStorage.Allocate(file, 1L << 60)).HResult);
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        using var notAFile = new Microsoft.Win32.SafeHandles.SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        Assert.Equal(22, Assert.Throws<IOException>(() => StableStorage.SyncData(notAFile)).HResult); // EINVAL
    }

    [Fact]
    public void The_checksum_is_Castagnolis() => Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8)); // RFC 3720 §B.4 has others of its kind

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private FileSpool Open(string overrides = "segment-size = 1MiB") =>
        FileSpool.Open(_folder, 1, Settings(overrides), TimeProvider.System, NullLogger.Instance);
}
