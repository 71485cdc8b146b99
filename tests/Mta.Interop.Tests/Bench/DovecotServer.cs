using System.Diagnostics;

namespace Mta.Interop.Tests.Bench;

/// <summary>A Dovecot of the test's own that takes mail by LMTP into maildirs: its configuration, its folder, its port.</summary>
internal sealed class DovecotServer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-dovecot-").FullName;
    private Process? _process;

    private DovecotServer() { }

    public int Port { get; } = MtaProcess.FreePort();

    /// <summary>What it logged.</summary>
    public string Log => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    private string LogPath => Path.Combine(_folder, "dovecot.log");

    /// <param name="users">Addresses that have a mailbox.</param>
    public static async Task<DovecotServer> Start(params string[] users)
    {
        string dovecot = Command.Need("dovecot", "dovecot-lmtpd");
        if (!File.Exists("/usr/lib/dovecot/lmtp")) Assert.Skip("Dovecot has no LMTP (Debian package dovecot-lmtpd)");
        Command.NeedRoot();
        var server = new DovecotServer();
        try
        {
            string config = await server.Configure(users);
            server._process = Process.Start(new ProcessStartInfo(dovecot, ["-F", "-c", config]) { RedirectStandardError = true })!;
            await Wait.For(() => MtaProcess.CanConnect(server.Port), Limit, () => "dovecot does not listen:\n" + server.Log);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The messages in a user's mailbox.</summary>
    public string[] Mailbox(string user)
    {
        string folder = Path.Combine(_folder, "mail", user, "new");
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Select(File.ReadAllText)] : [];
    }

    private async Task<string> Configure(string[] users)
    {
        string mail = Path.Combine(_folder, "mail"), config = Path.Combine(_folder, "dovecot.conf"), passwd = Path.Combine(_folder, "users");
        Directory.CreateDirectory(mail);
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        // mailboxes may not be root's
        await Command.Run("chown", ["mail:mail", mail]);
        await File.WriteAllLinesAsync(passwd, users.Select(u => $"{u}:{{PLAIN}}x::::::"));
        await File.WriteAllTextAsync(config, $$"""
            base_dir = {{_folder}}/run
            state_dir = {{_folder}}/state
            log_path = {{LogPath}}
            protocols = lmtp
            listen = 127.0.0.1
            ssl = no
            hostname = dovecot.test
            postmaster_address = postmaster@dst.test
            first_valid_uid = 1
            mail_location = maildir:{{mail}}/%u
            recipient_delimiter =
            passdb {
              driver = passwd-file
              args = {{passwd}}
            }
            userdb {
              driver = passwd-file
              args = {{passwd}}
              override_fields = uid=mail gid=mail home={{mail}}/%u
            }
            service lmtp {
              inet_listener lmtp {
                address = 127.0.0.1
                port = {{Port}}
              }
              unix_listener lmtp {
                mode = 0
              }
            }
            service stats {
              unix_listener stats-writer {
                mode = 0666
              }
            }

            """);
        return config;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            using var kill = Process.Start("kill", [_process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            await _process.WaitForExitAsync().WaitAsync(Limit);
            _process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }
}
