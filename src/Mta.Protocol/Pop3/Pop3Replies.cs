namespace Mta.Protocol.Pop3;

/// <summary>What the server says that does not depend on anything. A response has at most 512 octets (RFC 1939 §3), so all are short.</summary>
internal static class Pop3Replies
{
    public static ReadOnlySpan<byte> Ok => "+OK\r\n"u8;
    public static ReadOnlySpan<byte> NameNoted => "+OK now the password\r\n"u8;
    public static ReadOnlySpan<byte> ReadyForTls => "+OK begin TLS\r\n"u8;
    public static ReadOnlySpan<byte> Utf8On => "+OK UTF-8 it is\r\n"u8;
    public static ReadOnlySpan<byte> Marked => "+OK message marked as deleted\r\n"u8;
    public static ReadOnlySpan<byte> Bye => "+OK bye\r\n"u8;
    public static ReadOnlySpan<byte> Capabilities => "+OK capability list follows\r\n"u8;
    public static ReadOnlySpan<byte> Languages => "+OK language list follows\r\nen English\r\n.\r\n"u8;
    public static ReadOnlySpan<byte> English => "+OK en English it is\r\n"u8;
    public static ReadOnlySpan<byte> MessageFollows => "+OK message follows\r\n"u8;

    public static ReadOnlySpan<byte> UnknownCommand => "-ERR command not recognized\r\n"u8;
    public static ReadOnlySpan<byte> TooLong => "-ERR line too long\r\n"u8;
    public static ReadOnlySpan<byte> Malformed => "-ERR a command is one line of text that ends in CRLF\r\n"u8;
    public static ReadOnlySpan<byte> NoArgument => "-ERR this command takes no argument\r\n"u8;
    public static ReadOnlySpan<byte> ArgumentMissing => "-ERR argument missing\r\n"u8;
    public static ReadOnlySpan<byte> BadNumber => "-ERR the argument must be a message number\r\n"u8;
    public static ReadOnlySpan<byte> BadTop => "-ERR syntax: TOP message lines\r\n"u8;
    public static ReadOnlySpan<byte> SignInFirst => "-ERR sign in first\r\n"u8;
    public static ReadOnlySpan<byte> SignedInAlready => "-ERR already signed in\r\n"u8;
    public static ReadOnlySpan<byte> UserFirst => "-ERR USER first\r\n"u8;
    public static ReadOnlySpan<byte> BadText => "-ERR a name or a password must be UTF-8 without control characters\r\n"u8;
    public static ReadOnlySpan<byte> TlsFirst => "-ERR begin TLS first (STLS)\r\n"u8;
    public static ReadOnlySpan<byte> NotOffered => "-ERR not offered\r\n"u8;
    public static ReadOnlySpan<byte> UnknownMechanism => "-ERR mechanism not offered\r\n"u8;
    public static ReadOnlySpan<byte> BadResponse => "-ERR this is not what the mechanism says, or not base 64\r\n"u8;
    public static ReadOnlySpan<byte> Cancelled => "-ERR authentication cancelled\r\n"u8;
    public static ReadOnlySpan<byte> UnknownLanguage => "-ERR en only English is spoken here\r\n"u8;

    // RFC 2595 §4, CVE-2011-0411: commands behind STLS would be read as if they had come under TLS
    public static ReadOnlySpan<byte> TlsInjection => "-ERR nothing may follow STLS before the handshake\r\n"u8;
    public static ReadOnlySpan<byte> NotPop3 => "-ERR this is a POP3 server\r\n"u8;
    public static ReadOnlySpan<byte> TooManyErrors => "-ERR too many errors\r\n"u8;
    public static ReadOnlySpan<byte> TooManyCommands => "-ERR too many commands without a sign-in\r\n"u8;
    public static ReadOnlySpan<byte> TooManyFailures => "-ERR [SYS/TEMP] too many failed attempts to sign in\r\n"u8;

    public static ReadOnlySpan<byte> NoSuchMessage => "-ERR no such message\r\n"u8;
    public static ReadOnlySpan<byte> DeletedMessage => "-ERR the message is marked as deleted\r\n"u8;
    public static ReadOnlySpan<byte> MissingMessage => "-ERR another session has removed the message\r\n"u8;
    public static ReadOnlySpan<byte> UnreadableMessage => "-ERR [SYS/TEMP] the message cannot be read now, try again later\r\n"u8;
    public static ReadOnlySpan<byte> NotRemoved => "-ERR [SYS/TEMP] some deleted messages were not removed\r\n"u8;
}
