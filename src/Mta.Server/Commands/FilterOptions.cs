using System.CommandLine;

namespace Mta.Server.Commands;

/// <summary>Which messages a command is about: all that is given must match.</summary>
internal sealed class FilterOptions
{
    private readonly Argument<string?> _id = new("ID")
    {
        Description = "The queue id, as the 250 reply and the log show it.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string?> _sender = new("--sender") { Description = "The reverse-path; <> for notifications.", HelpName = "ADDRESS" };
    private readonly Option<string?> _recipient = new("--recipient") { Description = "A recipient.", HelpName = "ADDRESS" };
    private readonly Option<string?> _domain = new("--domain") { Description = "A recipient's domain.", HelpName = "DOMAIN" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_id);
        command.Options.Add(_sender);
        command.Options.Add(_recipient);
        command.Options.Add(_domain);
    }

    /// <summary>As a URL's query; empty when nothing was given.</summary>
    public string Query(ParseResult parsed) => string.Join('&',
        new (string Name, string? Value)[]
        {
            ("id", parsed.GetValue(_id)), ("sender", parsed.GetValue(_sender)), ("recipient", parsed.GetValue(_recipient)), ("domain", parsed.GetValue(_domain)),
        }.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));
}
