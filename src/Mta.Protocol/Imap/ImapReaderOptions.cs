namespace Mta.Protocol.Imap;

/// <summary>What a reader takes at most, in octets. They may change from one command to the next: a client that has signed in gets more.</summary>
public sealed record ImapReaderOptions
{
    /// <summary>A command without its literals. A longer one ends the session: nobody knows where its end would be.</summary>
    public int MaxLine { get; init; } = 64 * 1024;

    /// <summary>All literals of a command together, those with messages aside.</summary>
    public int MaxLiterals { get; init; } = 64 * 1024;

    /// <summary>A command with those literals.</summary>
    public int MaxCommand { get; init; } = 128 * 1024;

    /// <summary>A line of AUTHENTICATE, the command itself included: tokens are long (RFC 4954 §4 has the same).</summary>
    public int MaxResponseLine { get; init; } = 12288;

    /// <summary>A literal that is sent without waiting: 4096 for LITERAL- (RFC 7888 §5), no limit of its own for LITERAL+.</summary>
    public long MaxNonSynchronizing { get; init; } = long.MaxValue;

    /// <summary>What is read and dropped of a command that was refused, literals that come without waiting above all; more ends the session (RFC 7888 §4).</summary>
    public long MaxSkipped { get; init; } = 64 * 1024 * 1024;

    /// <summary>For a client that has signed in.</summary>
    public static ImapReaderOptions SignedIn { get; } = new();

    /// <summary>For one that has not.</summary>
    public static ImapReaderOptions Stranger { get; } = new() { MaxLine = 4096, MaxLiterals = 4096, MaxCommand = 4096, MaxNonSynchronizing = 4096, MaxSkipped = 4096 };
}
