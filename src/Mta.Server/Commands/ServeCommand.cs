using System.CommandLine;
using System.Data.Common;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using Mta.Config;
using Mta.Server.Logging;
using Mta.Server.Web;
using Mta.Spool;

namespace Mta.Server.Commands;

/// <summary><c>mta serve</c>, and <c>mta</c> alone: a node, until SIGTERM or SIGINT. SIGHUP reads the configuration again.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new Command("serve", "Run a node.\nExample: mta serve --config /etc/mta/mta.conf");
        AddTo(command);
        return command;
    }

    public static void AddTo(Command command)
    {
        var config = CommonOptions.Config();
        command.Options.Add(config);
        command.SetAction((parsed, _) => Run(parsed.GetValue(config)));
    }

    private static async Task<int> Run(string? file)
    {
        if (CommonOptions.Load(file) is not { } settings) return ExitCode.Usage;
        var level = new LogLevelSwitch(settings.Log.Level);
        using var logging = LogOutput.Create(settings.Log.Format, level);
        string trouble = "cannot start";
        try
        {
            await using var node = await MtaNode.StartAsync(settings, TimeProvider.System, logging);
            await Serve(node, settings, file, level, logging, () => trouble = "stopped, not in order");
            return ExitCode.Done;
        }
        catch (ConfigException e)
        {
            Console.Error.WriteLine($"mta: {e.Message}");
            return ExitCode.Usage;
        }
        // the machine's: its disk, its ports, what its files hold
        catch (Exception e) when (e is SpoolMismatchException or IOException or UnauthorizedAccessException or SocketException or DbException)
        {
            Console.Error.WriteLine($"mta: {trouble}: {e.Message}");
            return ExitCode.Failed;
        }
    }

    private static async Task Serve(MtaNode node, MtaSettings settings, string? file, LogLevelSwitch level, ILoggerFactory logging, Action onReady)
    {
        var access = new AdminAccess(settings.DataDir);
        access.RemoveStaleSocket();
        var reload = new ConfigReload(node, file, level, logging.CreateLogger("Mta"));
        // before anybody can know that we are there: a signal that nobody handles ends the program
        var stop = new TaskCompletionSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            reload.TryRun();
        });

        await using var web = WebServer.Create(node, settings, access, reload, logging);
        await web.StartAsync();
        if (file is null)
        {
            await DemoAccount.EnsureAsync(node.Accounts);
            Welcome(settings);
        }

        var supervisor = new SystemdNotifier();
        supervisor.Notify(ServiceState.Ready);
        onReady();
        await stop.Task;
        supervisor.Notify(ServiceState.Stopping);
        await node.StopAsync();
        await web.StopAsync();

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }
    }

    private static void Welcome(MtaSettings settings)
    {
        Console.WriteLine($"""

            Mta is running as {settings.Hostname}; its data is in {Path.GetFullPath(settings.DataDir)}.

            {string.Join('\n', settings.Listeners.Select(l => $"  {l.Name,-13}{l.EndPoint}"))}

            Demo account: {DemoAccount.Address}, password {DemoAccount.Password}

            What to try next, in other terminals:
              mta sink --listen 127.0.0.1:2526      a next hop that takes the mail; nothing leaves this machine
              swaks --server 127.0.0.1:2525 --from you@example.com --to someone@example.org
              swaks --server 127.0.0.1:2587 --tls --auth-user {DemoAccount.Address} --auth-password {DemoAccount.Password} \
                --from {DemoAccount.Address} --to someone@example.org
              curl -k imaps://127.0.0.1:2993/INBOX --user {DemoAccount.Address}:{DemoAccount.Password}     what the demo account has got
              curl -k pop3s://127.0.0.1:2995/1 --user {DemoAccount.Address}:{DemoAccount.Password}         its first message
              mta queue list                        what waits while there is no sink, and: mta queue why ID
              curl http://127.0.0.1:8080/health/ready
              mta account add you@{DemoAccount.Domain}    another account
              mta quickstart example.com            a configuration for the real world

            Ctrl-C stops the node; what is queued stays safe and goes on at the next start.

            """);
    }
}
