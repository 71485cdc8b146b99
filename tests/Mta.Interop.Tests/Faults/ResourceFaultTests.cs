using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Faults;

/// <summary>No file descriptors; a queue database that somebody else has locked, or that has no room.</summary>
public sealed class ResourceFaultTests
{
    [Fact]
    public async Task No_file_descriptors()
    {
        string prlimit = Command.Need("prlimit", "util-linux");
        Command.NeedRoot();
        await using var node = new FaultNode("");
        await node.Mta.Start();
        await node.Accepts(5);
        await node.LosesNothing();
        string pid = node.Mta.Pid.ToString(CultureInfo.InvariantCulture);
        int open = Directory.GetFiles($"/proc/{pid}/fd").Length;
        await SetLimit(open + 8);
        var clients = new List<TcpClient>();
        try
        {
            // connections that it completes but cannot accept wait in the backlog, and are not turned away
            for (int i = 0; i < 40; i++)
            {
                var client = new TcpClient();
                clients.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, node.Mta.SmtpPort, TestContext.Current.CancellationToken);
            }
            await Wait.For(() => node.Mta.Output.Contains("cannot accept", StringComparison.OrdinalIgnoreCase), TimeSpan.FromSeconds(20), () => node.Mta.Output);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
        // it is as poor as before, and what it has lets it serve one client after another
        await node.Recovers();
        await SetLimit(20_000);
        await node.Accepts(20);
        await node.LosesNothing();

        async Task SetLimit(int limit)
        {
            string value = string.Create(CultureInfo.InvariantCulture, $"--nofile={limit}:20000");
            var result = await Command.Run(prlimit, ["--pid", pid, value]);
            Assert.True(result.ExitCode == 0, result.Error);
        }
    }

    [Fact]
    public async Task A_locked_database()
    {
        await using var node = new FaultNode("");
        await node.Mta.Start();
        await node.Accepts(5);
        string path = Path.Combine(node.Mta.DataDir, "queue", "journal.db");
        await using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await Execute(connection, "BEGIN EXCLUSIVE");
            // deferred mail needs rows; it is accepted all the same, for the spool is what it is promised by
            node.Sink.OnRecipient = _ => "451 4.2.0 come again";
            await node.Accepts(20);
            await Wait.For(() => node.Mta.Output.Contains("its journal cannot be written", StringComparison.Ordinal), TimeSpan.FromSeconds(60), () => node.Mta.Output);
            await node.Accepts(20);
            await Execute(connection, "ROLLBACK");
        }
        node.Sink.OnRecipient = _ => "250 2.1.5 ok";
        await node.Accepts(5);
        await node.LosesNothing();
        await node.Mta.Drained();
    }

    [Fact]
    public async Task A_full_database()
    {
        await using var node = new FaultNode("");
        await using var disk = await MemoryDisk.Mount(Path.Combine(node.Mta.DataDir, "queue"), 2);
        await node.Mta.Start();
        await node.Accepts(5);
        disk.Fill();
        node.Sink.OnRecipient = _ => "451 4.2.0 come again";
        await node.Accepts(50);
        await Wait.For(() => node.Mta.Output.Contains("full", StringComparison.OrdinalIgnoreCase), TimeSpan.FromSeconds(60), () => node.Mta.Output);
        await node.Accepts(20);
        disk.Empty();
        node.Sink.OnRecipient = _ => "250 2.1.5 ok";
        await node.LosesNothing();
        await node.Mta.Drained();
        await node.Mta.Kill();
    }

    private static async Task Execute(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
