namespace Mta.Protocol.Mime;

/// <summary>
/// How much of a message is looked at. What lies beyond is not refused: it belongs, as text without a structure, to the part that it stands in, and all offsets
/// stay exact.
/// </summary>
public static class MimeLimits
{
    /// <summary>Parts of a message, at all levels together; after the last, no boundary is looked for.</summary>
    public const int Parts = 1000;

    /// <summary>Multiparts and messages within each other; a deeper one is a leaf.</summary>
    public const int Depth = 100;

    /// <summary>Octets of one header section of which the fields are read, and of all in a message; the rest is skipped.</summary>
    public const int Header = 256 * 1024, Headers = 1024 * 1024;

    /// <summary>Fields of a message's envelopes hold at most so many addresses together, with the marks of groups.</summary>
    public const int Addresses = 10_000;

    /// <summary>Parameters of a field, languages of a part, and message ids in References.</summary>
    public const int Parameters = 100, Languages = 100, References = 1000;

    /// <summary>Characters of a sort key; what follows is cut off.</summary>
    public const int Key = 1000;

    /// <summary>Octets of a boundary. RFC 2046 §5.1.1 allows 70; some write more.</summary>
    public const int Boundary = 255;
}
