using Mta.Config;
using Mta.Server.Commands;
using Mta.Server.Logging;

namespace Mta.Server;

/// <summary>Reads the configuration again and puts it in force: at SIGHUP, and when the API is asked to. A wrong one never replaces a good one.</summary>
internal sealed class ConfigReload(MtaNode node, string? file, LogLevelSwitch level, ILogger log)
{
    private readonly Lock _one = new();

    /// <summary>Throws <see cref="ConfigException"/> with one line that names the file and the place; nothing has changed then.</summary>
    public ReloadReport Run()
    {
        lock (_one)
        {
            try
            {
                var settings = CommonOptions.Read(file, out string text);
                var report = Reload(settings, text);
                level.Least = settings.Log.Level;
                foreach (string key in report.Restart) log.LogWarning("reload: {Key} takes a restart", key);
                log.LogInformation("reload done: {Keys}", report.InForce.Count == 0 ? "nothing has changed" : string.Join(' ', report.InForce));
                return report;
            }
            catch (ConfigException e)
            {
                log.LogError("reload refused: {Reason}; the old configuration stays in force", e.Message);
                throw;
            }
        }
    }

    /// <summary>For those who read the log.</summary>
    public void TryRun()
    {
        try
        {
            Run();
        }
        catch (ConfigException)
        {
            // it is in the log
        }
    }

    private ReloadReport Reload(MtaSettings settings, string text)
    {
        try
        {
            return node.Reload(settings);
        }
        catch (ConfigException e)
        {
            throw new ConfigException(e, text, CommonOptions.Name(file));
        }
    }
}
