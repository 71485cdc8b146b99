namespace Mta.Protocol.Mime;

/// <summary>
/// A parameter of Content-Type or Content-Disposition. Continuations (RFC 2231 §3) are put together; the name keeps its asterisk where the value
/// is encoded with a charset (§4), and <see cref="ParameterText"/> reads it.
/// </summary>
public readonly record struct MimeParameter(MimeText Name, MimeText Value);
