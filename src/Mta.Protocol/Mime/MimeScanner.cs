namespace Mta.Protocol.Mime;

/// <summary>
/// Reads a message once, in pieces of any size, and makes its index. Needs memory for one header (<see cref="MimeLimits.Header"/>) and what the index keeps,
/// however large the message is, and time in proportion to its octets. Never fails: whatever the octets are, they are a message.
/// </summary>
public sealed class MimeScanner
{
    /// <summary>The next octets of the message.</summary>
    public void Add(ReadOnlySpan<byte> octets) => throw new NotImplementedException();

    /// <summary>The message ends here. The scanner can begin another afterwards.</summary>
    public MessageIndex Finish() => throw new NotImplementedException();

    /// <summary>The index of a message that is at hand as a whole.</summary>
    public static MessageIndex Scan(ReadOnlySpan<byte> message)
    {
        var scanner = new MimeScanner();
        scanner.Add(message);
        return scanner.Finish();
    }
}
