using System.Buffers;
using System.Buffers.Text;

namespace Mta.Protocol.Sasl;

/// <summary>Base 64 as responses are written (RFC 4648 §4): one spelling for each value, no white space, padding as it must be.</summary>
public static class SaslBase64
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    /// <summary>False for what is not base 64; <paramref name="octets"/> must have room for three quarters of the text.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> octets, out int length)
    {
        length = 0;
        if (text.Length % 4 != 0 || text.ContainsAnyExcept(Alphabet)) return false;
        if (text.IsEmpty) return true;
        if (Base64.DecodeFromUtf8(text, octets, out int consumed, out length) != OperationStatus.Done || consumed != text.Length) return false;
        // RFC 4648 §3.5: the bits that stand for nothing are 0
        Span<byte> last = stackalloc byte[4];
        int rest = length % 3 == 0 ? 3 : length % 3;
        Base64.EncodeToUtf8(octets[(length - rest)..length], last, out _, out _);
        return text.EndsWith(last);
    }

    /// <summary>Writes octets as base 64.</summary>
    public static void Write(ReadOnlySpan<byte> octets, IBufferWriter<byte> output)
    {
        var span = output.GetSpan(Math.Max(1, Base64.GetMaxEncodedToUtf8Length(octets.Length)));
        Base64.EncodeToUtf8(octets, span, out _, out int written);
        output.Advance(written);
    }
}
