using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Mta.Mail;
using Mta.Spool;
using Mta.Testing;
using Mta.Tests.Spool;
using static Mta.Tests.Spool.SpoolFixture;

namespace Mta.Tests.Fuzz;

/// <summary>What we read back from files, damaged in every way: a clear error, or what was written, and never anything else.</summary>
public sealed class StoreFuzzTests
{
    [Fact]
    public void An_envelope() => Mutations.Of([EnvelopeCodec.Encode(Envelope(1)), EnvelopeCodec.Encode(Envelope(7, 20) with
    {
        NotBefore = DateTimeOffset.UnixEpoch.AddDays(20001),
        ClientName = "client.test",
        Parameters = new() { EnvelopeId = "x+20y", DeliverBy = new(120, true, true), Priority = -3 },
    })]).Sample(octets =>
    {
        try
        {
            var envelope = EnvelopeCodec.Decode(octets);
            Assert.Equal(EnvelopeCodec.Encode(envelope), EnvelopeCodec.Encode(EnvelopeCodec.Decode(EnvelopeCodec.Encode(envelope))));
        }
        catch (InvalidDataException)
        {
        }
    }, time: Mutations.Seconds);

    /// <summary>Octets of the log change behind its back: what comes back is what was stored, or is missed, and a damaged body is not read as a whole one.</summary>
    [Fact]
    public async Task A_log() => await Gen.Select(Gen.Int[0, 1 << 20], Gen.Select(Gen.Int[0, 127 * 1024], Gen.Int[1, 600]).Array[1, 4], Gen.Int[0, 9000].Array[1, 12]).SampleAsync(async (seed, damages, sizes) =>
    {
        var disk = new SimulatedDisk(seed);
        var settings = Settings("segment-size = 128KiB, large-body = 24KiB, min-free = 0B");
        await using (var spool = new FileSpool(disk, 1, settings, new FakeTimeProvider(), NullLogger.Instance))
        {
            for (int i = 0; i < sizes.Length; i++) spool.Store(0, (ulong)i + 1, sizes[i], new Recorder());
            await spool.FlushAsync();
        }
        string segment = disk.Names.First(name => name.EndsWith(".seg", StringComparison.Ordinal));
        foreach (var (at, length) in damages) disk.Corrupt(segment, at, length);
        await using var again = new FileSpool(disk, 1, settings, new FakeTimeProvider(), NullLogger.Instance);
        var partition = new Recorder();
        again.Attach(0, partition, 0);
        await partition.Expect<SpoolProtocol.Attached>();
        ulong last = 0;
        foreach (var stored in partition.Of<SpoolProtocol.Stored>())
        {
            ulong id = stored.Envelope.Id.Value;
            Assert.InRange(id, last + 1, (ulong)sizes.Length);
            last = id;
            Assert.Equal(Envelope(id).Recipients, stored.Envelope.Recipients);
            try
            {
                Assert.Equal(Body(id, sizes[id - 1]), stored.Body.ReadAll());
            }
            catch (IOException)
            {
            }
        }
    }, time: Mutations.Seconds, threads: 2);
}
