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
        try
        {
            return Read(file, out _);
        }
        catch (ConfigException e)
        {
            Console.Error.WriteLine("mta: " + e.Message);
            return null;
        }
    }

    /// <summary>What a configuration file is called in errors.</summary>
    public static string Name(string? file) => file ?? "mta.conf (embedded)";

    /// <summary>Reads the configuration; throws <see cref="ConfigException"/> with one line that names the file and, where it can, the line.</summary>
    public static MtaSettings Read(string? file, out string text)
    {
        string name = Name(file);
        text = "";
        try
        {
            text = file is null ? ConfigFile.Embedded("mta.conf") : File.ReadAllText(file);
            return MtaSettings.From(ConfigFile.Parse(text, name));
        }
        catch (ConfigException e)
        {
            throw new ConfigException(e, text, name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException(name, "cannot be read: " + e.Message);
        }
    }
}
