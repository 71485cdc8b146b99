using Akka.TestKit.Xunit;
using Microsoft.Extensions.Logging.Abstractions;
using Mta.Spool;
using static Mta.Tests.Spool.SpoolFixture;

namespace Mta.Tests.Spool;

/// <summary>The spool in a real folder, through the real system calls.</summary>
public sealed class FileSpoolTests : TestKit
{
    private readonly string _folder = Directory.CreateTempSubdirectory("spool").FullName;

    [Fact]
    public async Task What_was_stored_is_told_again_after_a_restart()
    {
        var partition = CreateTestProbe();
        var storer = CreateTestProbe();
        await using (var spool = Open())
        {
            spool.Attach(0, partition.Ref, 0);
            await partition.ExpectMsgAsync<SpoolProtocol.Attached>(cancellationToken: TestContext.Current.CancellationToken);
            for (ulong id = 1; id <= 50; id++) spool.Store(0, id, (int)id * 100, storer.Ref);
            for (ulong id = 1; id <= 50; id++)
            {
                var stored = await storer.ExpectMsgAsync<SpoolProtocol.Stored>(cancellationToken: TestContext.Current.CancellationToken);
                Assert.Same(stored, await partition.ExpectMsgAsync<SpoolProtocol.Stored>(cancellationToken: TestContext.Current.CancellationToken));
                Assert.Equal(Body(id, (int)id * 100), stored.Body.ReadAll());
            }
            spool.Settle(0, new(7), [0], Settlement.Delivered);
        }
        await using (var spool = Open())
        {
            spool.Attach(0, partition.Ref, 0);
            for (ulong id = 1; id <= 50; id++)
            {
                var stored = await partition.ExpectMsgAsync<SpoolProtocol.Stored>(cancellationToken: TestContext.Current.CancellationToken);
                Assert.Equal(id, stored.Envelope.Id.Value);
                Assert.Equal(Body(id, (int)id * 100), stored.Body.ReadAll());
            }
            var settled = await partition.ExpectMsgAsync<SpoolProtocol.Settled>(cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal((7ul, Settlement.Delivered), (settled.Id.Value, settled.As));
            await partition.ExpectMsgAsync<SpoolProtocol.Attached>(cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        Directory.Delete(_folder, recursive: true);
    }

    private FileSpool Open(string overrides = "segment-size = 1MiB") =>
        FileSpool.Open(_folder, 1, Settings(overrides), TimeProvider.System, NullLogger.Instance);
}
