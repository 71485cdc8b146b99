namespace Mta.Protocol.Sasl;

/// <summary>What ties a sign-in to the TLS connection it is made on (RFC 5056), so that one in the middle cannot pass it on.</summary>
/// <param name="Type">Its registered name, such as <see cref="ServerEndPoint"/>.</param>
public sealed record ChannelBinding(string Type, ReadOnlyMemory<byte> Data)
{
    /// <summary>The hash of the server's certificate (RFC 5929 §4).</summary>
    public const string ServerEndPoint = "tls-server-end-point";
}
