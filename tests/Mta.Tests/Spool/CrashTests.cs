using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Mta.Spool;
using static Mta.Tests.Spool.SpoolFixture;

namespace Mta.Tests.Spool;

/// <summary>Whatever the disk does: what was told stored comes back whole, and what was told not stored never does.</summary>
public sealed class CrashTests
{
    private const int Queues = 3;

    /// <summary>One life of the spool, up to a power cut, or to the end of its process alone.</summary>
    private sealed record Life(int CutAfter, int[] Sizes, int FlushEvery, int FaultEvery, int Errno, bool Reattach, bool Kill);

    private static readonly Gen<Life> GenLife = Gen.Select(
        Gen.OneOf(Gen.Int[1, 400], Gen.Const(100_000)), Gen.OneOf(Gen.Int[0, 3000], Gen.Int[0, 40_000]).Array[0, 40], Gen.Int[1, 10],
        Gen.OneOf(Gen.Const(0), Gen.Int[5, 40]), Gen.OneOf(Gen.Const(5), Gen.Const(28)), Gen.Bool, Gen.Bool,
        (cut, sizes, flush, fault, errno, reattach, kill) => new Life(cut, sizes, flush, fault, errno, reattach, kill));

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_nothing_refused_returns() =>
        await Gen.Select(Gen.Int, Gen.Int[0, 2], GenLife.Array[1, 4]).SampleAsync(
            async (seed, spares, lives) => await new Ledger(spares).LiveThrough(seed, lives), iter: 200, threads: 2);

    private sealed class Ledger(int spares)
    {
        private readonly SpoolSettings _settings = Settings(
            $"segment-size = 128KiB, large-body = 24KiB, min-free = 0B, evacuate-below = 0, spare-segments = {spares}");
        private readonly Dictionary<ulong, int> _sent = [];
        private readonly HashSet<ulong> _stored = [], _refused = [];
        private readonly FakeTimeProvider _clock = new();
        private ulong _lastId;

        public async Task LiveThrough(int seed, Life[] lives)
        {
            var disk = new SimulatedDisk(seed);
            foreach (var life in lives)
            {
                disk.CutAfter = disk.Operations + life.CutAfter;
                if (await Open(disk) is { } spool) await Live(disk, spool, life);
                if (life.Kill) disk.Restart();
                else disk = disk.Recovered();
            }
            disk.Restart();
            await using var last = (await Open(disk))!;
        }

        /// <summary>Opens it and checks what it replays; null where the power was cut meanwhile.</summary>
        private async Task<FileSpool?> Open(SimulatedDisk disk)
        {
            FileSpool spool;
            try
            {
                spool = new FileSpool(disk, Queues, _settings, _clock, NullLogger.Instance);
            }
            catch (IOException) when (disk.IsCut)
            {
                return null;
            }
            await CheckReplay(spool);
            return spool;
        }

        private async Task CheckReplay(FileSpool spool)
        {
            var found = new HashSet<ulong>();
            for (int queue = 0; queue < Queues; queue++)
            {
                var partition = new Recorder();
                spool.Attach(queue, partition, 0);
                await partition.Expect<SpoolProtocol.Attached>();
                long lsn = 0;
                foreach (var record in partition.Of<SpoolProtocol.Stored>())
                {
                    ulong id = record.Envelope.Id.Value;
                    Assert.True(record.Lsn > lsn);
                    lsn = record.Lsn;
                    Assert.Equal(queue, (int)(id % Queues));
                    Assert.True(found.Add(id), $"{id} came twice");
                    Assert.Equal(Body(id, _sent[id]), record.Body.ReadAll());
                }
            }
            Assert.Empty(_stored.Except(found));
            Assert.Empty(found.Intersect(_refused));
            _stored.UnionWith(found); // told to a partition: it must not vanish any more
        }

        private async Task Live(SimulatedDisk disk, FileSpool spool, Life life)
        {
            int operations = 0;
            if (life.FaultEvery > 0)
                disk.Fault = (operation, _) => operation is DiskOperation.Write or DiskOperation.Sync or DiskOperation.SyncFolder
                    && ++operations % life.FaultEvery == 0 ? SimulatedDisk.Error(life.Errno) : null;
            var storer = new Recorder(message =>
            {
                // On the writer's thread: what it says after the cut, no client has heard. While no new segment can be begun either, the
                // promise does not hold yet.
                if (message is SpoolProtocol.NotStored refused && !disk.IsCut && spool.Status.Health == SpoolHealth.Ok)
                    lock (_refused) _refused.Add(refused.Id.Value);
            });
            foreach (int size in life.Sizes)
            {
                ulong id = ++_lastId;
                _sent[id] = size;
                spool.Store((int)(id % Queues), id, size, storer);
                if (id % (ulong)life.FlushEvery != 0) continue;
                await spool.FlushAsync();
                _clock.Advance(TimeSpan.FromSeconds(2)); // a failed disk is tried again
            }
            await spool.FlushAsync();
            foreach (var stored in storer.Of<SpoolProtocol.Stored>()) _stored.Add(stored.Envelope.Id.Value);
            Assert.Equal(life.Sizes.Length, storer.Messages.Count);
            if (life.Reattach && !disk.IsCut && life.FaultEvery == 0) await CheckReplay(spool);
            disk.Fault = null;
            // an orderly end, or none: then nothing that its threads still do reaches the disk
            if (life.CutAfter % 2 != 0) disk.CutAfter = 0;
            await spool.DisposeAsync();
        }
    }
}
