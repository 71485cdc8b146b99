namespace Mta.Protocol.Imap;

/// <summary>What came of the input, or what has to be done before more of it is read.</summary>
public enum ImapEvent : byte
{
    /// <summary>All input is used up: send what there is to send, read on.</summary>
    NeedInput,

    /// <summary>Send a continuation request ("+ …"): the client waits for it before it sends a literal. Then go on.</summary>
    Continue,

    /// <summary>Execute <see cref="ImapCommandReader.Command"/>. Then go on; the next command waits.</summary>
    Command,

    /// <summary>
    /// A message, or a piece of one, is about to come: <see cref="ImapCommandReader.Message"/>. Answer with <see cref="ImapCommandReader.AcceptMessage"/>,
    /// or write a tagged NO and call <see cref="ImapCommandReader.RefuseMessage"/>: the command is over then, and what was taken of it is to be dropped.
    /// </summary>
    OpenMessage,

    /// <summary>The octets that were consumed (<c>input[..consumed]</c>) are the next of the message; never none.</summary>
    MessageData,

    /// <summary>The literal is complete. Whether the command is, a later <see cref="Command"/> or <see cref="Error"/> says.</summary>
    MessageEnd,

    /// <summary>The client's answer to a challenge: <see cref="ImapCommandReader.Response"/>.</summary>
    Response,

    /// <summary>The client gave the exchange up ("*"): answer with a tagged BAD (RFC 9051 §6.2.2).</summary>
    Cancelled,

    /// <summary>DONE: IDLE is over.</summary>
    Done,

    /// <summary>
    /// Answer with <see cref="ImapCommandReader.Error"/>, drop what was taken of the command, go on. It also ends an exchange of AUTHENTICATE and IDLE.
    /// </summary>
    Error,

    /// <summary>Nothing more can be understood: write <see cref="ImapCommandReader.Error"/>, a BYE, and close.</summary>
    Fatal,
}
