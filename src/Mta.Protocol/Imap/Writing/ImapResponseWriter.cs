using System.Buffers;
using Mta.Protocol.Sasl;

namespace Mta.Protocol.Imap.Writing;

/// <summary>
/// Writes responses as they go over the wire (RFC 9051 §7): whole lines, or the pieces of one. Lines that are sent for each message (FETCH with
/// flags, UID, size) cost no memory. This file has lines and punctuation; values are in the other part.
/// </summary>
/// <param name="utf8">Strings are UTF-8 (ENABLE UTF8=ACCEPT or IMAP4rev2): names of mailboxes as they are, no modified UTF-7.</param>
public readonly partial struct ImapResponseWriter(IBufferWriter<byte> output, bool utf8)
{
    /// <summary>The end of a command: <c>a1 OK [CODE] text</c>. What is not printable US-ASCII in code and text becomes "?".</summary>
    public void Tagged(string tag, ImapStatus status, ImapCode code, string text)
    {
        Printable(tag);
        Status(status, code, text);
    }

    /// <summary><c>* OK [CODE] text</c>.</summary>
    public void Untagged(ImapStatus status, ImapCode code, string text) => Tagged("*", status, code, text);

    /// <summary>What was not understood, under its tag or "*".</summary>
    public void Error(ImapError error) => Tagged(error.Tag ?? "*", error.Status, error.Code, error.Text);

    /// <summary><c>+ text</c>.</summary>
    public void Continuation(string text)
    {
        Raw("+ "u8);
        Printable(text);
        EndLine();
    }

    /// <summary>"+" and octets in base64: a challenge (RFC 9051 §6.2.2).</summary>
    public void Challenge(ReadOnlySpan<byte> octets)
    {
        Raw("+ "u8);
        SaslBase64.Write(octets, output);
        EndLine();
    }

    /// <summary><c>* 23 EXISTS</c>, <c>* 5 EXPUNGE</c>, …</summary>
    public void Numbered(uint number, ReadOnlySpan<byte> name)
    {
        Raw("* "u8);
        Number(number);
        Space();
        Raw(name);
        EndLine();
    }

    /// <summary>Begins an untagged line: <c>* NAME</c>. What follows is written with the members below, then <see cref="EndLine"/>.</summary>
    public void BeginLine(ReadOnlySpan<byte> name)
    {
        Raw("* "u8);
        Raw(name);
    }

    /// <summary>CRLF.</summary>
    public void EndLine() => Raw("\r\n"u8);

    /// <summary>Begins <c>* 12 FETCH (</c>, or UIDFETCH where messages are named by UID (RFC 9586); then <see cref="FetchItem"/> for each item.</summary>
    public void BeginFetch(uint number, bool isUid = false)
    {
        Raw("* "u8);
        Number(number);
        Raw(isUid ? " UIDFETCH ("u8 : " FETCH ("u8);
    }

    /// <summary>The name of an item, apart from the one before; its value follows.</summary>
    public void FetchItem(ReadOnlySpan<byte> name, bool isFirst)
    {
        if (!isFirst) Space();
        Raw(name);
        Space();
    }

    /// <summary><c>)</c> and CRLF.</summary>
    public void EndFetch() => Raw(")\r\n"u8);

    /// <summary>Octets as they are: atoms, punctuation, what follows the header of a literal.</summary>
    public void Raw(ReadOnlySpan<byte> octets) => output.Write(octets);

    public void Space() => Raw(" "u8);

    private void Status(ImapStatus status, ImapCode code, string text)
    {
        Raw(status switch
        {
            ImapStatus.Ok => " OK "u8,
            ImapStatus.No => " NO "u8,
            ImapStatus.Bad => " BAD "u8,
            ImapStatus.PreAuth => " PREAUTH "u8,
            _ => " BYE "u8,
        });
        if (!code.IsNone)
        {
            Raw("["u8);
            Printable(code.Name);
            if (code.Argument is { } argument)
            {
                Space();
                Printable(argument);
            }
            Raw("] "u8);
        }
        Printable(text);
        EndLine();
    }

    private void Printable(string text)
    {
        if (text.Length == 0) return;
        var span = output.GetSpan(text.Length);
        for (int i = 0; i < text.Length; i++) span[i] = text[i] is < ' ' or > '~' ? (byte)'?' : (byte)text[i];
        output.Advance(text.Length);
    }
}
