using System.Diagnostics;

namespace Mta.Interop.Tests.Bench;

/// <summary>
/// An Exim of the test's own, which relays all that it takes. Its package cannot stand beside Postfix's: unpack exim4-daemon-light and
/// exim4-base with <c>dpkg -x</c> to a folder, name that in MTA_EXIM_ROOT, install libidn12, and make a user Debian-exim.
/// </summary>
internal sealed class EximServer : IAsyncDisposable
{
    private const string User = "Debian-exim";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-exim-").FullName;
    private Process? _process;

    private EximServer() { }

    public int Port { get; } = MtaProcess.FreePort();

    /// <summary>What it logged.</summary>
    public string Log => string.Join('\n', Directory.GetFiles(Path.Combine(_folder, "log")).Select(File.ReadAllText));

    /// <param name="certificate">What it shows where <paramref name="settings"/> make it speak TLS.</param>
    /// <param name="settings">Lines of the main section.</param>
    /// <param name="transport">Lines of the transport that it delivers with.</param>
    /// <param name="next">The port on this machine that all mail goes to.</param>
    public static async Task<EximServer> Start(TestCertificate certificate, string settings, string transport, int next)
    {
        string exim = await Find();
        var server = new EximServer();
        try
        {
            await server.Configure(exim, certificate, settings, transport, next);
            server._process = Process.Start(exim, ["-C", Path.Combine(server._folder, "exim.conf"), "-bdf", "-q1s"]);
            await Wait.For(() => MtaProcess.CanConnect(server.Port), Limit, () => "exim does not listen:\n" + server.Log);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static async Task<string> Find()
    {
        string exim = Environment.GetEnvironmentVariable("MTA_EXIM_ROOT") is { Length: > 0 } root
            ? Path.Combine(root, "usr/sbin/exim4")
            : Command.Need("exim4", "exim4-daemon-light, or unpacked to $MTA_EXIM_ROOT");
        if (!File.Exists(exim)) Assert.Skip($"there is no {exim}");
        Command.NeedRoot();
        if ((await Command.Run("getent", ["passwd", User])).ExitCode != 0) Assert.Skip($"Exim needs the user {User}");
        // without its libraries it says nothing about itself
        if (!(await Command.Run(exim, ["-bV"])).Output.Contains("Exim version", StringComparison.Ordinal)) Assert.Skip($"{exim} does not run (libidn12?)");
        return exim;
    }

    private async Task Configure(string exim, TestCertificate certificate, string settings, string transport, int next)
    {
        foreach (string name in (string[])["spool", "log"]) Directory.CreateDirectory(Path.Combine(_folder, name));
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        string config = Path.Combine(_folder, "exim.conf");
        await File.WriteAllTextAsync(config, $$"""
            exim_path = {{exim}}
            spool_directory = {{_folder}}/spool
            log_file_path = {{_folder}}/log/%slog
            pid_file_path = {{_folder}}/spool/exim.pid
            keep_environment =
            primary_hostname = exim.test
            local_interfaces = 127.0.0.1
            daemon_smtp_ports = {{Port}}
            disable_ipv6 = true
            host_lookup =
            rfc1413_hosts =
            dns_dnssec_ok = 0
            smtp_accept_max = 100
            smtp_accept_queue_per_connection = 0
            deliver_drop_privilege = true
            never_users =
            tls_certificate = {{certificate.CertificatePath}}
            tls_privatekey = {{certificate.KeyPath}}
            acl_smtp_rcpt = check_rcpt
            acl_smtp_data = accept
            chunking_advertise_hosts = *
            {{settings}}
            begin acl
            need_tls:
              deny !encrypted = *
                message = TLS is required
              accept
            check_rcpt:
              deny recipients = nobody@dst.test
                message = 5.1.1 no such user
              accept
            begin routers
            all:
              driver = manualroute
              route_list = * 127.0.0.1
              transport = out
              self = send
            begin transports
            out:
              driver = smtp
              port = {{next}}
              allow_localhost
              message_linelength_limit = 1000000
              {{transport}}
            begin retry
            * * F,1h,1s

            """);
        await Command.Run("chown", ["-R", User, Path.Combine(_folder, "spool"), Path.Combine(_folder, "log")]);
        // it refuses a configuration that others could write
        File.SetUnixFileMode(config, (UnixFileMode)0b110_100_100);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            // it ends at SIGTERM; the deliveries under way are processes of their own and end when they are done
            using var kill = Process.Start("kill", [_process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            await _process.WaitForExitAsync().WaitAsync(Limit);
            _process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }
}
