using System.Collections.Immutable;
using System.Globalization;

namespace Mta.Protocol.Smtp.Client;

/// <summary>What a server said that it can do in reply to EHLO (RFC 5321 §4.1.1.1). Keywords that we do not know or cannot read do not count.</summary>
public sealed record EhloCapabilities
{
    /// <summary>A server that knows only HELO.</summary>
    public static EhloCapabilities None { get; } = new();

    /// <summary>RFC 2920.</summary>
    public bool Pipelining { get; private set; }

    /// <summary>RFC 1870: the command parameter SIZE is understood.</summary>
    public bool Size { get; private set; }

    /// <summary>RFC 1870: the largest message in octets, or 0 where the server names none.</summary>
    public long MaxSize { get; private set; }

    /// <summary>RFC 6152.</summary>
    public bool EightBitMime { get; private set; }

    /// <summary>RFC 6531.</summary>
    public bool SmtpUtf8 { get; private set; }

    /// <summary>RFC 3030 §2.</summary>
    public bool Chunking { get; private set; }

    /// <summary>RFC 3030 §3; nothing without CHUNKING.</summary>
    public bool BinaryMime { get; private set; }

    /// <summary>RFC 3461.</summary>
    public bool Dsn { get; private set; }

    /// <summary>RFC 3207.</summary>
    public bool StartTls { get; private set; }

    /// <summary>RFC 8689.</summary>
    public bool RequireTls { get; private set; }

    /// <summary>RFC 6710.</summary>
    public bool Priority { get; private set; }

    /// <summary>RFC 2852.</summary>
    public bool DeliverBy { get; private set; }

    /// <summary>RFC 4954: the names of the mechanisms in upper case.</summary>
    public ImmutableArray<string> AuthMechanisms { get; private set; } = [];

    /// <summary>RFC 9422 §4.2 RCPTMAX: recipients in a transaction, or 0 where the server names no limit.</summary>
    public int MaxRecipients { get; private set; }

    /// <summary>RFC 9422 §4.1 MAILMAX: transactions in a session, or 0 where the server names no limit.</summary>
    public int MaxTransactions { get; private set; }

    /// <summary>Reads the text of the reply to EHLO; its first line is the greeting.</summary>
    public static EhloCapabilities Parse(SmtpReply reply)
    {
        var found = new EhloCapabilities();
        bool isFirst = true;
        foreach (var line in reply.Text.AsSpan().EnumerateLines())
        {
            if (!isFirst) found.Add(line.Trim());
            isFirst = false;
        }
        found.BinaryMime &= found.Chunking;
        return found;
    }

    private void Add(ReadOnlySpan<char> line)
    {
        int end = line.IndexOfAny(' ', '=');
        var keyword = end < 0 ? line : line[..end];
        var value = end < 0 ? [] : line[(end + 1)..].Trim();
        Span<char> upper = stackalloc char[16];
        if (keyword.Length > upper.Length) return;
        switch (upper[..keyword.ToUpperInvariant(upper)])
        {
            case "PIPELINING": Pipelining = true; break;
            case "8BITMIME": EightBitMime = true; break;
            case "SMTPUTF8": SmtpUtf8 = true; break;
            case "CHUNKING": Chunking = true; break;
            case "BINARYMIME": BinaryMime = true; break;
            case "DSN": Dsn = true; break;
            case "STARTTLS": StartTls = true; break;
            case "REQUIRETLS": RequireTls = true; break;
            case "MT-PRIORITY": Priority = true; break;
            case "DELIVERBY": DeliverBy = true; break;
            case "SIZE": (Size, MaxSize) = (true, Number(value)); break;
            // "AUTH=LOGIN" is how it was written before RFC 2554, and some servers still say both
            case "AUTH": AddMechanisms(value); break;
            case "LIMITS": AddLimits(value); break;
        }
    }

    private void AddMechanisms(ReadOnlySpan<char> value)
    {
        foreach (var range in value.Split(' '))
            if (value[range] is { Length: > 0 and <= 20 } name && AuthMechanisms.Length < 32)
                AuthMechanisms = AuthMechanisms.Add(name.ToString().ToUpperInvariant());
    }

    private void AddLimits(ReadOnlySpan<char> value)
    {
        foreach (var range in value.Split(' '))
        {
            var limit = value[range];
            if (limit.StartsWith("RCPTMAX=", StringComparison.OrdinalIgnoreCase)) MaxRecipients = (int)Math.Min(Number(limit[8..]), int.MaxValue);
            if (limit.StartsWith("MAILMAX=", StringComparison.OrdinalIgnoreCase)) MaxTransactions = (int)Math.Min(Number(limit[8..]), int.MaxValue);
        }
    }

    private static long Number(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0;
}
