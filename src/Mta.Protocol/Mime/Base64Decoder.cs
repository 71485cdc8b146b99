using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>RFC 2045 §6.8.</summary>
internal sealed class Base64Decoder : BodyDecoder
{
    private const int MostAtOnce = 4096;
    private Base64Bits _bits;

    protected override void Take(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        for (int at = 0; at < input.Length; at += MostAtOnce)
        {
            var piece = input[at..Math.Min(input.Length, at + MostAtOnce)];
            output.Advance(_bits.Decode(piece, output.GetSpan(piece.Length + 3), out int wrong));
            if (wrong >= 0) Report(Offset + at + wrong);
        }
    }

    public override void Finish(IBufferWriter<byte> output)
    {
        // padding that nobody wrote is missing, and nothing else
        if (!_bits.IsAtGroup) Report(Offset);
        output.Advance(_bits.Flush(output.GetSpan(3)));
    }
}
