using System.CommandLine;
using System.CommandLine.Parsing;

namespace Mta.Server.Commands;

/// <summary>
/// Finds options that no command has. The parser takes them for values, so that <c>mta load --bogus</c> would look for a host of that name, and
/// <c>mta queue drop --sender --domian</c> for that sender.
/// </summary>
internal static class UnknownOptions
{
    /// <summary>The first, or null. What stands behind <c>--</c> is a value, whatever it looks like, and so is what is joined to its option by =.</summary>
    public static string? Find(ParseResult parsed, IReadOnlyList<string> args)
    {
        var values = parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).Where(t => t.Type == TokenType.Argument).Select(t => t.Value).ToHashSet(StringComparer.Ordinal);
        return args.TakeWhile(a => a != "--").FirstOrDefault(a => LooksLikeOne(a) && values.Contains(a));
    }

    // a number below zero does not
    private static bool LooksLikeOne(string text) => text is ['-', '-', _, ..] or ['-', >= 'a' and <= 'z' or >= 'A' and <= 'Z', ..];
}
