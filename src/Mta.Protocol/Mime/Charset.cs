using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>Charsets by the names that mail has for them.</summary>
public static class Charset
{
    /// <summary>Never throws, nor does the encoding: what is unknown is read as ISO 8859-1, of which US-ASCII is the half that is right.</summary>
    public static Encoding Find(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>There is such a charset, so SEARCH CHARSET may name it.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> name) => throw new NotImplementedException();
}
