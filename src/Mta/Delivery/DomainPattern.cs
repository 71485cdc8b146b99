using Mta.Config;

namespace Mta.Delivery;

/// <summary>A set of domains: <c>*</c>, <c>example.com</c>, or <c>*.example.com</c> (also <c>.example.com</c>) for all below it.</summary>
public readonly record struct DomainPattern(string Suffix, bool IsExact)
{
    /// <summary>Reads the key <c>domain</c> of a section.</summary>
    public static DomainPattern From(ConfigSection section)
    {
        string text = section.String("domain").ToLowerInvariant();
        return text switch
        {
            "*" => new("", false),
            ['*', '.', .. var below] when IsName(below) => new("." + below, false),
            ['.', .. var below] when IsName(below) => new("." + below, false),
            _ when IsName(text) => new(text, true),
            _ => throw section.Wrong("domain", $"must be a domain, \"*.domain\" or \"*\", is \"{text}\""),
        };
    }

    /// <param name="domain">Lower case.</param>
    public bool Matches(string domain) => IsExact ? domain == Suffix : domain.EndsWith(Suffix, StringComparison.Ordinal);

    /// <summary>It is <c>*</c>.</summary>
    public bool IsAny => Suffix.Length == 0;

    private static bool IsName(string text) => text.Length > 0 && text[0] != '.' && !text.Contains('*', StringComparison.Ordinal);
}
