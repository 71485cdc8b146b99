using System.CommandLine;

namespace Mta.Server.Commands;

/// <summary>Which part of a long list to show.</summary>
internal sealed class ListOptions
{
    private readonly Option<string?> _domain = new("--domain") { Description = "Only those of a domain.", HelpName = "DOMAIN" };
    private readonly Option<string?> _after = new("--after") { Description = "Only those after this one.", HelpName = "NAME" };
    private readonly Option<int> _limit = new("--limit", "-n") { Description = "How many to show at most.", DefaultValueFactory = _ => 100 };

    /// <param name="domains">Whether it can be asked for those of one domain.</param>
    public void AddTo(Command command, bool domains = true)
    {
        if (domains) command.Options.Add(_domain);
        command.Options.Add(_after);
        command.Options.Add(_limit);
    }

    /// <summary>As a URL's query.</summary>
    public string Query(ParseResult parsed) => string.Join('&',
        new (string Name, string? Value)[]
        {
            ("domain", parsed.GetValue(_domain)), ("after", parsed.GetValue(_after)), ("limit", parsed.GetValue(_limit).ToString(System.Globalization.CultureInfo.InvariantCulture)),
        }.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));
}
