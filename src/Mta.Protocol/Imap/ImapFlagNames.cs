namespace Mta.Protocol.Imap;

/// <summary>How flags of the system are written.</summary>
internal static class ImapFlagNames
{
    private static readonly (ImapSystemFlags Flag, string Name)[] All =
    [
        (ImapSystemFlags.Answered, "\\Answered"), (ImapSystemFlags.Flagged, "\\Flagged"), (ImapSystemFlags.Deleted, "\\Deleted"),
        (ImapSystemFlags.Seen, "\\Seen"), (ImapSystemFlags.Draft, "\\Draft"), (ImapSystemFlags.Recent, "\\Recent"),
    ];

    public static ReadOnlySpan<(ImapSystemFlags Flag, string Name)> Table => All;

    public static IEnumerable<string> Of(ImapSystemFlags flags) => from entry in All where flags.HasFlag(entry.Flag) select entry.Name;
}
