using System.Buffers.Binary;

namespace Mta.Protocol.Mime;

/// <summary>The boundaries that are open, outermost first, and which of them a line begins with.</summary>
internal sealed class Boundaries
{
    /// <summary>Octets of a line that decide: two hyphens, the boundary, two more hyphens.</summary>
    public const int LongestLine = 2 + MimeLimits.Boundary + 2;

    private readonly List<Entry> _entries = [];

    private int _shortest = int.MaxValue;

    public int Count => _entries.Count;

    /// <param name="owner">What <see cref="Match"/> gives back for it.</param>
    public void Push(byte[] boundary, int owner)
    {
        int length = Math.Min(boundary.Length, sizeof(ulong));
        _shortest = Math.Min(_shortest, boundary.Length);
        _entries.Add(new(boundary, owner, Word(boundary), length == sizeof(ulong) ? ulong.MaxValue : (1UL << length * 8) - 1, Tail(boundary)));
    }

    /// <summary>Closes those of the owners above, and that of the owner itself when it is told to.</summary>
    public void CloseAbove(int owner, bool andItself)
    {
        _entries.RemoveAll(e => e.Owner > owner || andItself && e.Owner == owner);
        _shortest = int.MaxValue;
        foreach (var entry in _entries) _shortest = Math.Min(_shortest, entry.Text.Length);
    }

    public void Clear()
    {
        _entries.Clear();
        _shortest = int.MaxValue;
    }

    /// <summary>
    /// RFC 2046 §5.1.2: a line need not be the delimiter, it is enough that it begins with it. Of two that fit the longer is meant ("foo" and "foobar"), and of two
    /// alike the inner.
    /// </summary>
    /// <param name="line">A line or the first <see cref="LongestLine"/> octets of it, without its end.</param>
    /// <returns>The owner, or -1.</returns>
    public int Match(ReadOnlySpan<byte> line, out bool isClosing)
    {
        isClosing = false;
        if (!line.StartsWith("--"u8)) return -1;
        line = line[2..];
        if (line.Length < _shortest) return -1;
        ulong head = Word(line);
        Entry? best = null;
        // A hundred of them may be open, and every line may be such a line: two words tell nearly all apart.
        for (int i = _entries.Count - 1; i >= 0; i--)
        {
            var entry = _entries[i];
            if ((head & entry.Mask) != entry.Head || line.Length < entry.Text.Length || entry.Text.Length <= best?.Text.Length) continue;
            if (Tail(line[..entry.Text.Length]) == entry.Tail && line.StartsWith(entry.Text)) best = entry;
        }
        if (best is null) return -1;
        isClosing = line[best.Text.Length..].StartsWith("--"u8);
        return best.Owner;
    }

    private static ulong Word(ReadOnlySpan<byte> text)
    {
        if (text.Length >= sizeof(ulong)) return BinaryPrimitives.ReadUInt64LittleEndian(text);
        ulong word = 0;
        for (int i = 0; i < text.Length; i++) word |= (ulong)text[i] << i * 8;
        return word;
    }

    private static ulong Tail(ReadOnlySpan<byte> text) => text.Length <= sizeof(ulong) ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(text[^sizeof(ulong)..]);

    private sealed record Entry(byte[] Text, int Owner, ulong Head, ulong Mask, ulong Tail);
}
