using Mta.Mailbox;

namespace Mta.Server.Web;

/// <summary>
/// What is said of a message that is imported or exported: a line of JSON, with LF at its end; behind it come the message's octets, and then the next line.
/// </summary>
/// <param name="Size">Octets behind the line.</param>
/// <param name="ReceivedAt">INTERNALDATE.</param>
/// <param name="Uid">Of an exported one.</param>
/// <param name="Copy">Of one to be imported: the first, second … of those with the same octets and date in the mailbox; 0: import it even if it is there.</param>
/// <param name="Error">Why an exported one cannot be read: it has no octets here.</param>
internal sealed record MessageFrame(string Mailbox, long Size, DateTimeOffset ReceivedAt, MailFlags Flags, IReadOnlyList<string> Keywords, uint? Uid = null, int Copy = 0, string? Error = null)
{
    public const string ContentType = "application/octet-stream";

    /// <summary>Octets of the line.</summary>
    public const int MaxLine = 64 * 1024;

    /// <summary>Octets of a message: far from where the store's chunks would run out of numbers.</summary>
    public const long MaxSize = 1 << 30;

    /// <summary>Messages that are sent in one request.</summary>
    public const int MaxMessages = 200;
}

/// <summary>What became of a message that was to be imported.</summary>
/// <param name="Uid">Null where it is not there.</param>
/// <param name="WasThere">It had been imported before.</param>
internal sealed record ImportedMessage(uint? Uid, bool WasThere, string? Error);

/// <summary>A mailbox of an account.</summary>
internal sealed record MailboxView(string Name, long Id, long Messages, long Unseen, long Octets, string? SpecialUse, bool IsSubscribed, uint UidValidity, IReadOnlyList<string> Keywords);
