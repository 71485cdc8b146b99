using System.Globalization;
using System.Text;
using Mta.Protocol.Imap;

namespace Mta.Server.MailFiles;

/// <summary>
/// How a level of a mailbox's name is written in a file system: in modified UTF-7, and what has a meaning there as a backslash and two hexadecimal digits,
/// as Dovecot's listescape has it.
/// </summary>
internal static class FolderNames
{
    private static readonly string[] Reserved = ["cur", "new", "tmp"];
    private static readonly string[] ReservedEnds = [".sbd", ".msf"];

    /// <summary>For Maildir++, whose levels are put together with dots.</summary>
    public static string EncodeDotted(string name) => "." + string.Join('.', name.Split('/').Select(level => Escape(ModifiedUtf7.Encode(level), c => c is '.' or '\\')));

    /// <summary>A file's or folder's name.</summary>
    public static string Encode(string level)
    {
        string text = Escape(ModifiedUtf7.Encode(level), c => c == '\\');
        if (text[0] == '.' || Reserved.Contains(text)) text = Hex(text[0]) + text[1..];
        foreach (string end in ReservedEnds)
            if (text.EndsWith(end, StringComparison.OrdinalIgnoreCase)) text = text[..^end.Length] + Hex('.') + text[^(end.Length - 1)..];
        return text;
    }

    /// <summary>A level as it was before; as it stands where it is no modified UTF-7.</summary>
    public static string Decode(string text)
    {
        var plain = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet))
            {
                plain.Append((char)octet);
                i += 2;
            }
            else plain.Append(text[i]);
        }
        string name = plain.ToString();
        return ModifiedUtf7.Decode(Encoding.UTF8.GetBytes(name)) ?? name;
    }

    private static string Escape(string text, Func<char, bool> isSpecial) => string.Concat(text.Select(c => isSpecial(c) ? Hex(c) : c.ToString()));

    private static string Hex(char c) => string.Create(CultureInfo.InvariantCulture, $"\\{(int)c:x2}");
}
