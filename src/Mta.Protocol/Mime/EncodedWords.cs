namespace Mta.Protocol.Mime;

/// <summary>Reads header values with encoded words (RFC 2047, RFC 2231 §5).</summary>
public static class EncodedWords
{
    /// <summary>The value as text: unfolded, encoded words decoded and those that are adjacent joined. What is no encoded word stays.</summary>
    public static string Decode(ReadOnlySpan<byte> value) => throw new NotImplementedException();
}
