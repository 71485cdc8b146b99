using Mta.Config;

namespace Mta.Imap.Sharing;

/// <summary><c>mta.imap.metadata</c>.</summary>
/// <param name="MaxValue">Octets of a value.</param>
/// <param name="MaxEntries">Of a mailbox that are shared, and as many private to each account.</param>
/// <param name="Admin">The server's <c>/shared/admin</c>, a URI; empty for none.</param>
/// <param name="Comment">The server's <c>/shared/comment</c>; empty for none.</param>
public sealed record MetadataSettings(int MaxValue, int MaxEntries, string Admin, string Comment)
{
    // RFC 5464 §4.1: what a server must take
    private const int LeastValue = 1024, LeastEntries = 10;

    // all literals of a command may have 64 KiB
    private const int MostValue = 60 * 1024;

    public static MetadataSettings From(ConfigSection section)
    {
        long maxValue = section.Size("max-value");
        if (maxValue is < LeastValue or > MostValue) throw section.Wrong("max-value", "must be between 1KiB and 60KiB");
        string admin = section.String("admin");
        if (admin.Length > 0 && !Uri.TryCreate(admin, UriKind.Absolute, out _)) throw section.Wrong("admin", "must be a URI such as mailto:postmaster@example.com");
        return new((int)maxValue, section.Int("max-entries", min: LeastEntries), admin, section.String("comment"));
    }
}
