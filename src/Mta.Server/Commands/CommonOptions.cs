using System.CommandLine;
using Mta.Config;

namespace Mta.Server.Commands;

/// <summary>What several commands take.</summary>
internal static class CommonOptions
{
    public static Option<string?> Config() => new("--config", "-c")
    {
        Description = "The configuration file. Without it: the embedded one for loopback.",
        HelpName = "FILE",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for scripts." };

    /// <summary>Reads the configuration, or says in one line why not and returns null.</summary>
    public static MtaSettings? Load(string? file)
    {
        string name = file ?? "mta.conf (embedded)";
        string? text = null;
        try
        {
            text = file is null ? ConfigFile.Embedded("mta.conf") : File.ReadAllText(file);
            return MtaSettings.From(ConfigFile.Parse(text, name));
        }
        catch (ConfigException e)
        {
            Console.Error.WriteLine("mta: " + (text is null ? e.Message : ConfigFile.Locate(e, text, name)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"mta: {name} cannot be read: {e.Message}");
        }
        return null;
    }
}
