using System.Globalization;

namespace Mta.Imap;

/// <summary>The ids of RFC 8474, as clients see them.</summary>
internal static class ObjectIds
{
    public static string Mailbox(long id) => string.Create(CultureInfo.InvariantCulture, $"F{id}");

    public static string Email(long id) => string.Create(CultureInfo.InvariantCulture, $"M{id}");

    public static string Thread(long id) => string.Create(CultureInfo.InvariantCulture, $"T{id}");

    /// <summary>The number in an id of ours with this letter, or -1.</summary>
    public static long Parse(string id, char letter) =>
        id.Length > 1 && id[0] == letter && id[1] is >= '1' and <= '9' && long.TryParse(id.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : -1;
}
