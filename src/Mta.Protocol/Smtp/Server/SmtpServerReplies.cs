namespace Mta.Protocol.Smtp.Server;

/// <summary>The replies of the server (RFC 5321 §4.2.3, enhanced codes as registered by RFC 5248).</summary>
public static class SmtpServerReplies
{
    public static SmtpReply Ok { get; } = SmtpReply.Parse("250 2.0.0 ok");
    public static SmtpReply SenderOk { get; } = SmtpReply.Parse("250 2.1.0 sender ok");
    public static SmtpReply RecipientOk { get; } = SmtpReply.Parse("250 2.1.5 recipient ok");
    public static SmtpReply ChunkOk { get; } = SmtpReply.Parse("250 2.0.0 chunk received");
    public static SmtpReply StartData { get; } = SmtpReply.Parse("354 end with <CRLF>.<CRLF>");
    public static SmtpReply Bye { get; } = SmtpReply.Parse("221 2.0.0 closing");
    public static SmtpReply ReadyForTls { get; } = SmtpReply.Parse("220 2.0.0 ready to start TLS");
    public static SmtpReply Help { get; } = SmtpReply.Parse("214 2.0.0 see RFC 5321");

    // RFC 5321 §3.5.3: the honest answer of a relay
    public static SmtpReply CannotVerify { get; } = SmtpReply.Parse("252 2.5.0 cannot verify, but will try to deliver");

    public static SmtpReply UnknownCommand { get; } = SmtpReply.Parse("500 5.5.1 command not recognized");
    public static SmtpReply CommandTooLong { get; } = SmtpReply.Parse("500 5.5.2 command line too long");
    public static SmtpReply CommandMalformed { get; } = SmtpReply.Parse("500 5.5.2 a command is one line of text that ends in CRLF");
    public static SmtpReply NoArgument { get; } = SmtpReply.Parse("501 5.5.4 this command takes no argument");
    public static SmtpReply ArgumentMissing { get; } = SmtpReply.Parse("501 5.5.4 argument missing");
    public static SmtpReply BadHelo { get; } = SmtpReply.Parse("501 5.5.4 the argument must be a domain name or an address literal");
    public static SmtpReply BadMail { get; } = SmtpReply.Parse("501 5.5.4 syntax: MAIL FROM:<address> [parameters]");
    public static SmtpReply BadRcpt { get; } = SmtpReply.Parse("501 5.5.4 syntax: RCPT TO:<address> [parameters]");
    public static SmtpReply BadBdat { get; } = SmtpReply.Parse("501 5.5.4 syntax: BDAT octets [LAST]");
    public static SmtpReply NotImplemented { get; } = SmtpReply.Parse("502 5.5.1 command not implemented");

    public static SmtpReply HelloFirst { get; } = SmtpReply.Parse("503 5.5.1 say EHLO first");
    public static SmtpReply LhloFirst { get; } = SmtpReply.Parse("503 5.5.1 say LHLO first");
    public static SmtpReply MailFirst { get; } = SmtpReply.Parse("503 5.5.1 MAIL first");
    public static SmtpReply RecipientFirst { get; } = SmtpReply.Parse("503 5.5.1 RCPT first");
    public static SmtpReply NestedMail { get; } = SmtpReply.Parse("503 5.5.1 a mail transaction is under way");
    public static SmtpReply NotNow { get; } = SmtpReply.Parse("503 5.5.1 not in a mail transaction");
    public static SmtpReply ChunksOnly { get; } = SmtpReply.Parse("503 5.5.1 only BDAT can follow BDAT");
    public static SmtpReply ChunkFailed { get; } = SmtpReply.Parse("503 5.5.1 the message was refused: RSET first");
    public static SmtpReply BinaryNeedsChunks { get; } = SmtpReply.Parse("503 5.5.1 BODY=BINARYMIME needs BDAT");
    public static SmtpReply NoRecipients { get; } = SmtpReply.Parse("554 5.5.1 no valid recipients");
    public static SmtpReply TlsAlready { get; } = SmtpReply.Parse("503 5.5.1 TLS is already active");
    public static SmtpReply TlsNotOffered { get; } = SmtpReply.Parse("502 5.5.1 TLS is not offered");

    // RFC 3207 §4, CVE-2011-0411: commands behind STARTTLS would be read as if they had come under TLS
    public static SmtpReply TlsInjection { get; } = SmtpReply.Parse("554 5.5.1 nothing may follow STARTTLS before the handshake");
    public static SmtpReply NotSmtp { get; } = SmtpReply.Parse("554 5.5.1 this is an SMTP server");

    // RFC 4954 §4 and §6
    public static SmtpReply Authenticated { get; } = SmtpReply.Parse("235 2.7.0 signed in");
    public static SmtpReply AuthLineTooLong { get; } = SmtpReply.Parse("500 5.5.6 authentication exchange line is too long");
    public static SmtpReply BadResponse { get; } = SmtpReply.Parse("501 5.5.2 this is not what the mechanism says, or not base 64");
    public static SmtpReply AuthCancelled { get; } = SmtpReply.Parse("501 5.7.0 authentication cancelled");
    public static SmtpReply AuthenticatedAlready { get; } = SmtpReply.Parse("503 5.5.1 already signed in");
    public static SmtpReply UnknownMechanism { get; } = SmtpReply.Parse("504 5.5.4 mechanism not offered");
    public static SmtpReply AuthFirst { get; } = SmtpReply.Parse("530 5.7.0 authentication required");
    public static SmtpReply TlsFirst { get; } = SmtpReply.Parse("530 5.7.0 must issue a STARTTLS command first");
    public static SmtpReply CredentialsInvalid { get; } = SmtpReply.Parse("535 5.7.8 authentication credentials invalid");
    public static SmtpReply EncryptionRequired { get; } = SmtpReply.Parse("538 5.7.11 encryption required for authentication");
    public static SmtpReply SignInFailed { get; } = SmtpReply.Parse("454 4.7.0 temporary authentication failure");
    public static SmtpReply TooManySignIns { get; } = SmtpReply.Parse("421 4.7.0 too many failed attempts to sign in");

    public static SmtpReply BadSender { get; } = SmtpReply.Parse("501 5.1.7 bad sender address syntax");
    public static SmtpReply BadRecipient { get; } = SmtpReply.Parse("501 5.1.3 bad recipient address syntax");
    public static SmtpReply BadSenderDomain { get; } = SmtpReply.Parse("501 5.1.8 the sender's domain is not a domain name");
    public static SmtpReply BadRecipientDomain { get; } = SmtpReply.Parse("501 5.1.2 the recipient's domain is not a domain name");
    public static SmtpReply SenderTooLong { get; } = SmtpReply.Parse("501 5.1.7 sender address too long");
    public static SmtpReply RecipientTooLong { get; } = SmtpReply.Parse("501 5.1.3 recipient address too long");
    public static SmtpReply NeedsSmtpUtf8 { get; } = SmtpReply.Parse("553 5.6.7 a non-ASCII address needs SMTPUTF8");

    public static SmtpReply UnknownParameter { get; } = SmtpReply.Parse("555 5.5.4 parameter not recognized");
    public static SmtpReply DuplicateParameter { get; } = SmtpReply.Parse("501 5.5.4 parameter given twice");
    public static SmtpReply BadParameter { get; } = SmtpReply.Parse("501 5.5.4 bad parameter value");
    public static SmtpReply HoldTooLong { get; } = SmtpReply.Parse("501 5.5.4 held for longer than allowed");
    public static SmtpReply DeadlineTooClose { get; } = SmtpReply.Parse("501 5.5.4 the deadline is closer than DELIVERBY allows");

    public static SmtpReply TooManyRecipients { get; } = SmtpReply.Parse("452 4.5.3 too many recipients");
    public static SmtpReply TooManyTransactions { get; } = SmtpReply.Parse("421 4.7.0 too many transactions, connect again");
    public static SmtpReply TooManyErrors { get; } = SmtpReply.Parse("421 4.7.0 too many errors");
    public static SmtpReply TooMuchJunk { get; } = SmtpReply.Parse("421 4.7.0 too many commands that lead nowhere");

    public static SmtpReply MessageTooBig { get; } = SmtpReply.Parse("552 5.3.4 message too big");
    public static SmtpReply HeaderTooBig { get; } = SmtpReply.Parse("552 5.3.4 message header too big");
    public static SmtpReply TooManyHops { get; } = SmtpReply.Parse("554 5.4.6 too many Received fields, mail loop");
    public static SmtpReply BareNewline { get; } = SmtpReply.Parse("550 5.6.0 the message holds a CR or LF that is not part of CRLF");
    public static SmtpReply LineTooLong { get; } = SmtpReply.Parse("550 5.6.0 the message holds a line that is too long");
    public static SmtpReply NulOctet { get; } = SmtpReply.Parse("550 5.6.0 the message holds a NUL octet");
}
