using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Mta.Protocol.Mime;

namespace Mta.Protocol.Imap;

/// <summary>
/// A relative IMAP URL of a message or of a part of one (RFC 5092 §11). Others are not for CATENATE: those of other servers, lists of messages, and such as
/// carry an authorization (RFC 4469 §3).
/// </summary>
/// <param name="UidValidity">That the mailbox must have, or null.</param>
/// <param name="Section">The whole message, where the URL has none.</param>
/// <param name="Offset">Of the part of the section that is meant.</param>
/// <param name="Count">Octets of it, <see cref="long.MaxValue"/> for all that are left.</param>
public sealed record ImapUrl(string Mailbox, uint? UidValidity, uint Uid, SectionPath Section, long Offset, long Count)
{
    // RFC 5092 §11, bchar: what needs no % before it; in the name of a mailbox ":" and "@" too
    private const string Plain = "!$'()*+,-./0123456789:=&@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads one as it is meant while a mailbox is selected: "/…" from the top, ";UID=…" in that mailbox, other names beside it (RFC 4469 §3).</summary>
    /// <param name="selected">Null where none is.</param>
    public static bool TryParse(string text, string? selected, [NotNullWhen(true)] out ImapUrl? url)
    {
        url = null;
        int end = text.IndexOf(';', StringComparison.Ordinal);
        // a scheme has its ":" in the first segment, and "//" is followed by a server (RFC 3986 §4.2)
        if (end < 0 || text.StartsWith("//", StringComparison.Ordinal) || text[..end].Split('/')[0].Contains(':', StringComparison.Ordinal)) return false;
        string path = text[..end];
        var rest = text.AsSpan(end);
        uint? validity = null;
        if (TryTake(ref rest, ";UIDVALIDITY="))
        {
            if (path.Length == 0 || !TryNumber(ref rest, 1, uint.MaxValue, out long number) || !TryTake(ref rest, "/")) return false;
            validity = (uint)number;
        }
        else if (path.Length > 1 && path.EndsWith('/')) path = path[..^1];
        else if (path.Length > 0) return false;
        if ((end == 0 ? selected : Resolve(path, selected)) is not { Length: > 0 } mailbox) return false;
        if (!TryTake(ref rest, ";UID=") || !TryNumber(ref rest, 1, uint.MaxValue, out long uid)) return false;
        var section = SectionPath.Whole;
        if (TryTake(ref rest, "/;SECTION="))
        {
            int length = rest.IndexOf("/;", StringComparison.Ordinal);
            var written = length < 0 ? rest : rest[..length];
            if (written.IsEmpty || Decode(written) is not { } octets || !SectionPath.TryParse(octets, out section)) return false;
            rest = rest[written.Length..];
        }
        var (offset, count) = (0L, long.MaxValue);
        if (TryTake(ref rest, "/;PARTIAL="))
        {
            if (!TryNumber(ref rest, 0, long.MaxValue, out offset)) return false;
            if (TryTake(ref rest, ".") && !TryNumber(ref rest, 1, long.MaxValue, out count)) return false;
        }
        if (!rest.IsEmpty) return false;
        url = new(mailbox, validity, (uint)uid, section, offset, count);
        return true;
    }

    /// <summary>The name of a mailbox, its levels from the top (RFC 3986 §5.2); null where it is none.</summary>
    private static string? Resolve(string path, string? selected)
    {
        var levels = new List<string>();
        // the last level of the base gives way
        if (!path.StartsWith('/')) levels.AddRange(selected?.Split('/').SkipLast(1) ?? []);
        foreach (string level in path.Split('/').Skip(path.StartsWith('/') ? 1 : 0))
        {
            switch (level)
            {
                case ".": break;
                case ".." when levels.Count > 0: levels.RemoveAt(levels.Count - 1); break;
                case "..": break;
                default:
                    if (Decode(level) is not { } octets) return null;
                    try
                    {
                        levels.Add(Strict.GetString(octets));
                    }
                    catch (DecoderFallbackException)
                    {
                        return null;
                    }
                    break;
            }
        }
        return string.Join('/', levels);
    }

    /// <summary>The octets that text with "%41" stands for; null where it is not right.</summary>
    private static byte[]? Decode(ReadOnlySpan<char> text)
    {
        var octets = new List<byte>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (Plain.Contains(text[i], StringComparison.Ordinal)) octets.Add((byte)text[i]);
            else if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet))
            {
                octets.Add(octet);
                i += 2;
            }
            else return null;
        }
        return [.. octets];
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, string word)
    {
        if (!rest.StartsWith(word, StringComparison.OrdinalIgnoreCase)) return false;
        rest = rest[word.Length..];
        return true;
    }

    private static bool TryNumber(ref ReadOnlySpan<char> rest, long least, long most, out long number)
    {
        int length = rest.IndexOfAnyExceptInRange('0', '9');
        var digits = length < 0 ? rest : rest[..length];
        rest = rest[digits.Length..];
        // RFC 5092 §11, nz-number: no zeros in front
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most && (least == 0 || digits[0] != '0');
    }
}
