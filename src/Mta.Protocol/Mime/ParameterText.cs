namespace Mta.Protocol.Mime;

/// <summary>Values of parameters as text (RFC 2231, and encoded words, which RFC 2047 §5 forbids there and many write).</summary>
public static class ParameterText
{
    /// <summary>Null where there is no such parameter.</summary>
    /// <param name="name">Without an asterisk, such as <c>filename</c>.</param>
    public static string? Find(IReadOnlyList<MimeParameter> parameters, string name) => throw new NotImplementedException();

    /// <summary>The name of an attachment: filename of its disposition, or else name of its type.</summary>
    public static string? FileName(MimePart part) => throw new NotImplementedException();
}
