using System.Globalization;
using System.Text;
using CsCheck;

namespace Mta.Testing;

/// <summary>
/// Inputs that are almost right: from a corpus, changed a little. MTA_FUZZ_SECONDS says how long each target is tried; what fails is shrunk, and
/// its seed printed.
/// </summary>
internal static class Mutations
{
    private const int MostInput = 4096;

    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "\r\n", "\r", "\n", "\0", ".", "\r\n.\r\n", " ", "\t", "<", ">", "@", ":", ",", "\"", "\\", "=", "+", "-", ";", "[", "]", "(", ")", "{3}\r\n", "{3+}\r\n", "~{", "250 ", "250-", "99999999999999999999", "-1",
        }.Select(Encoding.Latin1.GetBytes),
        [0xFF], [0x80], [0xC3, 0x28], [0xE2, 0x80, 0xA8], [0xF0, 0x9F, 0x93, 0xA7], [.. Enumerable.Repeat((byte)'a', 1100)],
    ];

    private static readonly Gen<(int Kind, int At, int Length, byte[] Token)> Mutation =
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 1 << 20], Gen.Int[1, 40], Gen.OneOf(Gen.OneOf(Tokens), Gen.Byte.Array[1, 4]));

    public static int Seconds { get; } = int.Parse(Environment.GetEnvironmentVariable("MTA_FUZZ_SECONDS") ?? "2", CultureInfo.InvariantCulture);

    /// <summary>A line of the file <c>Fuzz/Corpus/NAME.txt</c> is an input, with \r, \n, \0, \t, \\ and \xNN for what a line cannot hold.</summary>
    public static Gen<byte[]> Of(string corpus) =>
        Of([.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", corpus + ".txt")).Select(Unescape)]);

    public static Gen<byte[]> Of(byte[][] inputs) =>
        Gen.Select(Gen.OneOf(inputs), Gen.OneOf(inputs), Mutation.Array[0, 6]).Select((input, other, mutations) =>
            mutations.Aggregate(input, (octets, mutation) => Apply(octets, other, mutation)));

    private static byte[] Apply(byte[] octets, byte[] other, (int Kind, int At, int Length, byte[] Token) mutation)
    {
        int at = mutation.At % (octets.Length + 1);
        int end = Math.Min(octets.Length, at + mutation.Length);
        byte[] changed = mutation.Kind switch
        {
            0 => [.. octets[..at], .. mutation.Token, .. octets[at..]],
            1 => [.. octets[..at], .. octets[end..]],
            2 => [.. octets[..at], .. mutation.Token, .. octets[Math.Min(octets.Length, at + mutation.Token.Length)..]],
            3 => [.. octets[..at], .. octets[at..end], .. octets[at..end], .. octets[end..]],
            4 => [.. octets[..at], .. other[Math.Min(other.Length, at)..]],
            _ => octets[..at],
        };
        return changed.Length <= MostInput ? changed : changed[..MostInput];
    }

    private static byte[] Unescape(string line)
    {
        using var octets = new MemoryStream();
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] != '\\')
            {
                octets.Write(Encoding.UTF8.GetBytes(line, i, 1));
                continue;
            }
            switch (line[++i])
            {
                case 'r': octets.WriteByte((byte)'\r'); break;
                case 'n': octets.WriteByte((byte)'\n'); break;
                case 't': octets.WriteByte((byte)'\t'); break;
                case '0': octets.WriteByte(0); break;
                case 'x':
                    octets.WriteByte(byte.Parse(line.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    i += 2;
                    break;
                default: octets.WriteByte((byte)line[i]); break;
            }
        }
        return octets.ToArray();
    }
}
