namespace Mta.Protocol.Mime;

/// <summary>A message within a message (RFC 2046 §5.2.1).</summary>
public sealed record EmbeddedMessage(Envelope Envelope, MimePart Root);
