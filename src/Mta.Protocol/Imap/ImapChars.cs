using System.Buffers;

namespace Mta.Protocol.Imap;

/// <summary>What words may be made of (RFC 9051 §9). The sets are US-ASCII without controls and space, less what the grammar uses.</summary>
internal static class ImapChars
{
    /// <summary>ATOM-CHAR.</summary>
    public static SearchValues<byte> Atom { get; } =
        SearchValues.Create("!#$&'+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[^_`abcdefghijklmnopqrstuvwxyz|}~"u8);

    /// <summary>ASTRING-CHAR: "]" too.</summary>
    public static SearchValues<byte> AString { get; } =
        SearchValues.Create("!#$&'+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz|}~"u8);

    /// <summary>list-char: and the wildcards.</summary>
    public static SearchValues<byte> List { get; } =
        SearchValues.Create("!#$%&'*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz|}~"u8);

    /// <summary>tag: ASTRING-CHAR without "+", which begins a continuation.</summary>
    public static SearchValues<byte> Tag { get; } =
        SearchValues.Create("!#$&',-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz|}~"u8);
}
