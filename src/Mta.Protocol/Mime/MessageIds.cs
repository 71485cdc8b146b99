using System.Text;
using System.Text.Unicode;

namespace Mta.Protocol.Mime;

/// <summary>Message ids in header fields, normalized so that two that mean the same are alike (RFC 5256, REFERENCES), without their angle brackets.</summary>
internal static class MessageIds
{
    public static string? First(ReadOnlySpan<byte> value) => Next(ref value);

    /// <summary>Of more than <see cref="MimeLimits.References"/>, the first, which begins the thread, and the last ones.</summary>
    public static List<string> All(ReadOnlySpan<byte> value)
    {
        var ids = new List<string>();
        while (Next(ref value) is { } id)
        {
            // twice as many before some go: each is moved once
            if (ids.Count == 2 * MimeLimits.References) ids.RemoveRange(1, MimeLimits.References);
            ids.Add(id);
        }
        if (ids.Count > MimeLimits.References) ids.RemoveRange(1, ids.Count - MimeLimits.References);
        return ids;
    }

    /// <summary>The next id in angle brackets; other text is passed over, which RFC 5322 §4.5.4 allows there.</summary>
    private static string? Next(ref ReadOnlySpan<byte> value)
    {
        while (true)
        {
            int start = value.IndexOf((byte)'<');
            if (start < 0) return null;
            value = value[(start + 1)..];
            if (Read(ref value) is { } id) return id;
        }
    }

    /// <summary>Up to the closing bracket, without white space; null where there is none, or nothing in it.</summary>
    private static string? Read(ref ReadOnlySpan<byte> value)
    {
        int end = value.IndexOfAny((byte)'>', (byte)'<', (byte)'"');
        if (end < 0)
        {
            value = default;
            return null;
        }
        if (value[end] == '"') return ReadQuoted(ref value);
        var id = value[..end];
        bool isClosed = value[end] == '>';
        value = value[(isClosed ? end + 1 : end)..];
        if (!isClosed || id.IsEmpty) return null;
        if (!id.ContainsAny((byte)' ', (byte)'\t')) return Text(id);
        var compact = new byte[id.Length];
        int length = 0;
        foreach (byte b in id)
            if (b is not ((byte)' ' or (byte)'\t')) compact[length++] = b;
        return length == 0 ? null : Text(compact.AsSpan(0, length));
    }

    /// <summary>A quoted local part that need not be quoted is the same id without the quotes.</summary>
    private static string? ReadQuoted(ref ReadOnlySpan<byte> value)
    {
        var id = new List<byte>();
        bool isQuoted = false, isAtom = true;
        for (int i = 0; i < value.Length; i++)
        {
            byte b = value[i];
            if (b == '"')
            {
                isQuoted = !isQuoted;
                continue;
            }
            if (!isQuoted && b is (byte)'>' or (byte)'<')
            {
                value = value[(b == '>' ? i + 1 : i)..];
                return b == '<' || id.Count == 0 ? null : Text(isAtom ? [.. id] : Quote(id));
            }
            if (b == '\\' && isQuoted && i + 1 < value.Length) b = value[++i];
            else if (!isQuoted && b is (byte)' ' or (byte)'\t') continue;
            if (isQuoted && b is (byte)' ' or (byte)'\t' or (byte)'<' or (byte)'>' or (byte)'@' or (byte)'"' or (byte)'\\' or (byte)'(' or (byte)')' or (byte)',' or (byte)';' or (byte)':' or (byte)'[' or (byte)']')
                isAtom = false;
            id.Add(b);
        }
        value = default;
        return null;
    }

    /// <summary>The local part in quotes: all up to the last @, which is outside of them.</summary>
    private static byte[] Quote(List<byte> id)
    {
        int at = id.LastIndexOf((byte)'@');
        var local = at < 0 ? id : id[..at];
        var quoted = new List<byte> { (byte)'"' };
        foreach (byte b in local)
        {
            if (b is (byte)'"' or (byte)'\\') quoted.Add((byte)'\\');
            quoted.Add(b);
        }
        quoted.Add((byte)'"');
        if (at >= 0) quoted.AddRange(id[at..]);
        return [.. quoted];
    }

    private static string Text(ReadOnlySpan<byte> id) => Utf8.IsValid(id) ? Encoding.UTF8.GetString(id) : Encoding.Latin1.GetString(id);
}
