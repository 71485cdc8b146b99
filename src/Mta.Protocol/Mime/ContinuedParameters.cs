using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>Puts the pieces of long parameters together: <c>name*0=…; name*1=…</c> (RFC 2231 §3).</summary>
internal static class ContinuedParameters
{
    /// <summary>In the place of the first piece. Pieces of which one is missing stay as they are.</summary>
    public static List<MimeParameter> Join(List<MimeParameter> parameters)
    {
        Span<PieceName> names = stackalloc PieceName[parameters.Count];
        bool isAny = false;
        for (int i = 0; i < names.Length; i++) isAny |= (names[i] = Read(parameters[i].Name)).Length > 0;
        if (!isAny) return parameters;

        var joined = new List<MimeParameter>(parameters.Count);
        Span<int> pieces = stackalloc int[MimeLimits.Parameters];
        for (int i = 0; i < names.Length; i++)
        {
            if (names[i].IsJoined) continue;
            int count = names[i].Length > 0 ? Find(i, parameters, names, pieces) : 0;
            joined.Add(count == 0 ? parameters[i] : Whole(names[i].Length, parameters, pieces[..count]));
            foreach (int piece in pieces[..count]) names[piece].IsJoined = true;
        }
        return joined;
    }

    /// <param name="first">One of the pieces.</param>
    /// <param name="parameters">All that there are.</param>
    /// <param name="names">Theirs.</param>
    /// <param name="pieces">Gets the places of the pieces, in their order.</param>
    /// <returns>How many there are; 0 where one is missing or there twice.</returns>
    // optimized from its first call: a message that is made to be dear may be the first
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Find(int first, List<MimeParameter> parameters, ReadOnlySpan<PieceName> names, Span<int> pieces)
    {
        pieces.Fill(-1);
        int count = 0, highest = -1;
        var name = names[first];
        for (int i = 0; i < names.Length; i++)
        {
            // the hash tells nearly all apart: a hundred parameters, each compared with each, may stand in a thousand parts
            if (names[i].Hash != name.Hash || names[i].Length != name.Length || !IsAlike(first, i)) continue;
            int number = names[i].Number;
            if (number >= pieces.Length || pieces[number] >= 0) return 0;
            (pieces[number], count, highest) = (i, count + 1, Math.Max(highest, number));
        }
        return highest == count - 1 ? count : 0;

        bool IsAlike(int one, int other)
        {
            var (left, right) = (parameters[one].Name, parameters[other].Name);
            return one == other || Ascii.EqualsIgnoreCase(left.Octets[..name.Length], right.Octets[..name.Length]);
        }
    }

    private static MimeParameter Whole(int nameLength, List<MimeParameter> parameters, ReadOnlySpan<int> pieces)
    {
        // RFC 2231 §4.1: the first piece says whether there is a charset
        var name = parameters[pieces[0]].Name.Octets;
        bool isEncoded = name[^1] == '*';
        int size = 0, length = 0;
        foreach (int piece in pieces) size += parameters[piece].Value.Length;
        var value = new byte[isEncoded ? 3 * size : size];
        foreach (int piece in pieces)
        {
            bool isPlain = parameters[piece].Name.Octets[^1] != '*';
            foreach (byte b in parameters[piece].Value.Octets)
            {
                // in a whole that is encoded, what is plain may not look as if it were
                if (isEncoded && isPlain && b == '%')
                {
                    "%25"u8.CopyTo(value.AsSpan(length));
                    length += 3;
                }
                else value[length++] = b;
            }
        }
        return new(new([.. name[..nameLength], .. isEncoded ? "*"u8 : default]), new(value, 0, length));
    }

    /// <summary><c>base*number</c> or <c>base*number*</c>.</summary>
    private static PieceName Read(MimeText name)
    {
        var octets = name.Octets;
        if (octets[^1] == '*') octets = octets[..^1];
        int length = octets.LastIndexOf((byte)'*');
        if (length <= 0 || !Utf8Parser.TryParse(octets[(length + 1)..], out int number, out int read) || read != octets.Length - length - 1 || number < 0) return default;
        uint hash = 2166136261;
        foreach (byte b in octets[..length]) hash = (hash ^ (uint)(b | 0x20)) * 16777619;
        return new() { Length = length, Number = number, Hash = hash };
    }

    /// <summary>What the name of a parameter says; of length 0 where it is not that of a piece.</summary>
    private struct PieceName
    {
        public int Length;
        public int Number;
        public uint Hash;
        public bool IsJoined;
    }
}
