namespace Mta.Interop.Tests.Bench;

/// <summary>A Postfix of the test's own: its configuration, its queue, its port. It relays all that it takes.</summary>
internal sealed class PostfixServer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-postfix-").FullName;

    private PostfixServer() { }

    public int Port { get; } = MtaProcess.FreePort();
    private string Etc => Path.Combine(_folder, "etc");
    private string LogPath => Path.Combine(_folder, "data", "mail.log");
    private string PidPath => Path.Combine(_folder, "spool", "pid", "master.pid");

    /// <summary>What it logged.</summary>
    public string Log => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    /// <param name="certificate">What it shows where <paramref name="settings"/> make it speak TLS.</param>
    /// <param name="settings">Lines of main.cf.</param>
    /// <param name="routes">The port on this machine for a domain's mail; the domain <c>*</c> is all the others.</param>
    public static async Task<PostfixServer> Start(TestCertificate certificate, string settings, params (string Domain, int Port)[] routes)
    {
        Command.Need("postfix", "postfix");
        Command.NeedRoot();
        var server = new PostfixServer();
        try
        {
            await server.Configure(certificate, settings, routes);
            // it says what is wrong to a terminal only
            string postfix = Command.Need("postfix", "postfix");
            var started = await Command.Run("script", ["-qec", $"{postfix} -c '{server.Etc}' start", "/dev/null"]);
            Assert.True(started.ExitCode == 0, $"postfix did not start: {started.Output}{started.Error}");
            await Wait.For(() => MtaProcess.CanConnect(server.Port), Limit, () => "postfix does not listen:\n" + server.Log);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task Configure(TestCertificate certificate, string settings, (string Domain, int Port)[] routes)
    {
        foreach (string name in (string[])["etc", "spool", "data"]) Directory.CreateDirectory(Path.Combine(_folder, name));
        // its daemons are no root, and have to come in
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        await Command.Run("chown", ["postfix", Path.Combine(_folder, "data")]);
        // refuses some recipients, as a server does that knows its users
        await File.WriteAllTextAsync(Path.Combine(Etc, "recipients"), "nobody@dst.test 550 5.1.1 no such user\n");
        await File.WriteAllLinesAsync(Path.Combine(Etc, "transport"), routes.Select(r => $"{r.Domain} smtp:[127.0.0.1]:{r.Port}"));
        await File.WriteAllTextAsync(Path.Combine(Etc, "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {_folder}/spool
            data_directory = {_folder}/data
            daemon_directory = /usr/lib/postfix/sbin
            command_directory = /usr/sbin
            maillog_file = {LogPath}
            maillog_file_prefixes = {_folder}
            myhostname = postfix.test
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            mynetworks = 127.0.0.0/8
            mydestination =
            alias_maps =
            alias_database =
            local_recipient_maps =
            local_header_rewrite_clients =
            smtpd_relay_restrictions = permit_mynetworks, reject
            smtpd_recipient_restrictions = check_recipient_access texthash:{Etc}/recipients
            smtpd_client_connection_count_limit = 0
            smtpd_peername_lookup = no
            transport_maps = texthash:{Etc}/transport
            smtp_host_lookup = native
            smtp_dns_support_level = disabled
            smtp_line_length_limit = 0
            smtpd_tls_cert_file = {certificate.CertificatePath}
            smtpd_tls_key_file = {certificate.KeyPath}
            smtpd_tls_received_header = yes
            in_flow_delay = 0
            queue_run_delay = 1s
            minimal_backoff_time = 1s
            {settings}

            """);
        await File.WriteAllTextAsync(Path.Combine(Etc, "master.cf"), $"""
            127.0.0.1:{Port} inet n - n - - smtpd
            pickup unix n - n 60 1 pickup
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            tlsmgr unix - - n 1000? 1 tlsmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            flush unix n - n 1000? 0 flush
            proxymap unix - - n - - proxymap
            smtp unix - - n - - smtp
            error unix - - n - - error
            retry unix - - n - - error
            anvil unix - - n - 1 anvil
            scache unix - - n - 1 scache
            postlog unix-dgram n - n - 1 postlogd

            """);
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(PidPath))
        {
            string pid = (await File.ReadAllTextAsync(PidPath)).Trim();
            // the master ends all that it started; "postfix stop" does the same and is slow to look
            await Command.Run("kill", [pid]);
            await Wait.For(() => !Directory.Exists($"/proc/{pid}"), Limit, () => $"postfix {pid} did not stop");
        }
        Directory.Delete(_folder, recursive: true);
    }
}
