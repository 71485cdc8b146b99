using System.Net;

namespace Mta.Tls.Acme;

/// <summary>What went wrong with an order, in one line.</summary>
/// <param name="type">The authority's word for it (RFC 8555 §6.7), without the prefix; "" where it is none of theirs.</param>
/// <param name="retryAfter">How long the authority wants us to wait at least, or null.</param>
internal sealed class AcmeException(string type, string message, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception((type.Length > 0 ? $"{type}: {message}" : message).ReplaceLineEndings(" "), inner)
{
    public const string BadNonce = "badNonce", RateLimited = "rateLimited";

    public string Type { get; } = type;
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>An error document (RFC 7807, RFC 8555 §6.7).</summary>
internal sealed record AcmeProblem(string? Type = null, string? Detail = null, AcmeProblem[]? Subproblems = null)
{
    private const int MaxShown = 500;

    /// <summary>Without the prefix.</summary>
    public string Name => Type is null ? "" : Type[(Type.LastIndexOf(':') + 1)..];

    public AcmeException ToException(string what, HttpStatusCode? status = null, TimeSpan? retryAfter = null)
    {
        string text = $"{what}: {Text}{(Text.Length == 0 && status is { } code ? $"HTTP {(int)code}" : "")}";
        return new(Name, text.Length > MaxShown ? text[..MaxShown] : text, retryAfter);
    }

    private string Text => string.Join("; ", new[] { Detail }.Concat((Subproblems ?? []).Select(p => p.Detail)).Where(t => t is { Length: > 0 }));
}
