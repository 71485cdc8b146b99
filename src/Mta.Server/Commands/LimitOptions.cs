using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Mta.Server.Commands;

/// <summary>The limits of an account.</summary>
internal sealed class LimitOptions
{
    private readonly Option<long?> _quota = new("--quota") { Description = "What its mailbox may hold, such as 500MiB or 5GiB; 0 for any..", HelpName = "SIZE", CustomParser = Size };
    private readonly Option<int?> _messages = new("--messages-per-hour") { Description = "Recipients it may send to in an hour; 0 for any.", HelpName = "NUMBER" };

    public void AddTo(Command command)
    {
        command.Options.Add(_quota);
        command.Options.Add(_messages);
    }

    /// <summary>Octets; null where it was not given.</summary>
    public long? Quota(ParseResult parsed) => parsed.GetValue(_quota);

    public int? MessagesPerHour(ParseResult parsed) => parsed.GetValue(_messages);

    private static long? Size(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        int digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9') is >= 0 and var at ? at : text.Length;
        int shift = text[digits..].ToUpperInvariant() switch { "" or "B" => 0, "KIB" => 10, "MIB" => 20, "GIB" => 30, "TIB" => 40, _ => -1 };
        if (shift >= 0 && long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= long.MaxValue >> shift) return number << shift;
        argument.AddError($"--quota must be a size such as 500MiB, is \"{text}\"");
        return null;
    }
}
