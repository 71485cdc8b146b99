using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Ops;

/// <summary>The program as a service of systemd.</summary>
public sealed partial class ServiceTests
{
    [Fact]
    public async Task The_supervisor_is_told_when_mail_is_taken_and_when_it_stops()
    {
        var mta = new MtaProcess("");
        string path = Path.Combine(mta.Folder, "notify");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        await using (mta)
        {
            await mta.Start(("NOTIFY_SOCKET", path));
            Assert.Equal("READY=1", await Told());
            Assert.True(MtaProcess.CanConnect(mta.SmtpPort));
            Assert.Equal(0, await mta.Stop());
            Assert.Equal("STOPPING=1", await Told());
        }

        async Task<string> Told()
        {
            byte[] buffer = new byte[512];
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(30));
            return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token)).TrimEnd('\n');
        }
    }

    [Fact]
    public async Task The_unit_exposes_little()
    {
        var result = await Command.Run(Command.Need("systemd-analyze", "systemd"), ["security", "--offline=true", "--no-pager", "--threshold=25", OpsFiles.Unit]);
        if (result.Error.Contains("unrecognized option", StringComparison.Ordinal)) Assert.Skip("this systemd-analyze cannot judge a file (before version 250)");
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.InRange(double.Parse(Exposure().Match(result.Output).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), 0, 2.5);
    }

    [GeneratedRegex("exposure level for [^:]+: ([0-9.]+)")]
    private static partial Regex Exposure();
}
