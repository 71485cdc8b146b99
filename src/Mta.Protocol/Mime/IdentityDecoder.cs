using System.Buffers;

namespace Mta.Protocol.Mime;

internal sealed class IdentityDecoder : BodyDecoder
{
    public override bool IsIdentity => true;

    protected override void Take(ReadOnlySpan<byte> input, IBufferWriter<byte> output) => output.Write(input);
}
