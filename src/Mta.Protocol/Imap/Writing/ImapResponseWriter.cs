using System.Buffers;

namespace Mta.Protocol.Imap.Writing;

/// <summary>
/// Writes responses as they go over the wire (RFC 9051 §7): whole lines, or the pieces of one. Lines that are sent for each message (FETCH with
/// flags, UID, size) cost no memory.
/// </summary>
/// <param name="utf8">Strings are UTF-8 (ENABLE UTF8=ACCEPT or IMAP4rev2): names of mailboxes as they are, no modified UTF-7.</param>
public readonly struct ImapResponseWriter(IBufferWriter<byte> output, bool utf8)
{
    /// <summary>The end of a command: <c>a1 OK [CODE] text</c>. What is not printable US-ASCII in the text becomes "?".</summary>
    public void Tagged(string tag, ImapStatus status, ImapCode code, string text) => throw new NotImplementedException();

    /// <summary><c>* OK [CODE] text</c>.</summary>
    public void Untagged(ImapStatus status, ImapCode code, string text) => throw new NotImplementedException();

    /// <summary>What was not understood, under its tag or "*".</summary>
    public void Error(ImapError error) => throw new NotImplementedException();

    /// <summary><c>+ text</c>.</summary>
    public void Continuation(string text) => throw new NotImplementedException();

    /// <summary><c>+ </c> and octets in base 64: a challenge.</summary>
    public void Challenge(ReadOnlySpan<byte> octets) => throw new NotImplementedException();

    /// <summary><c>* 23 EXISTS</c>, <c>* 5 EXPUNGE</c>, …</summary>
    public void Numbered(uint number, ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>Begins an untagged line: <c>* NAME</c>. What follows is written with the members below, then <see cref="EndLine"/>.</summary>
    public void BeginLine(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>CRLF.</summary>
    public void EndLine() => throw new NotImplementedException();

    /// <summary>Begins <c>* 12 FETCH (</c>; items are written with <see cref="FetchItem"/> or those of their own.</summary>
    public void BeginFetch(uint number) => throw new NotImplementedException();

    /// <summary><c>)</c> and CRLF.</summary>
    public void EndFetch() => throw new NotImplementedException();

    /// <summary>Octets as they are: atoms, punctuation.</summary>
    public void Raw(ReadOnlySpan<byte> octets) => throw new NotImplementedException();

    public void Space() => throw new NotImplementedException();

    public void Number(ulong number) => throw new NotImplementedException();

    /// <summary>An atom where it can be one, else a string.</summary>
    public void AString(string value) => throw new NotImplementedException();

    /// <summary>Quoted where that is possible, else a literal.</summary>
    public void String(string value) => throw new NotImplementedException();

    /// <summary>The same, of octets.</summary>
    public void String(ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>NIL or a string.</summary>
    public void NString(string? value) => throw new NotImplementedException();

    /// <summary><c>{n}</c> and CRLF; the octets follow.</summary>
    public void LiteralHeader(long size) => throw new NotImplementedException();

    /// <summary><c>~{n}</c> and CRLF; the octets follow, and there may be a NUL in them.</summary>
    public void Literal8Header(long size) => throw new NotImplementedException();

    /// <summary><c>(\Seen $Forwarded)</c>.</summary>
    public void Flags(ImapSystemFlags system, IReadOnlyList<string> keywords) => throw new NotImplementedException();

    /// <summary>The name of a mailbox.</summary>
    public void Mailbox(string name) => throw new NotImplementedException();

    /// <summary><c>1:5,7</c>.</summary>
    public void Set(IReadOnlyList<ImapRange> ranges) => throw new NotImplementedException();

    /// <summary><c>"17-Jul-1996 02:44:25 -0700"</c>, with its quotes.</summary>
    public void DateTime(DateTimeOffset time) => throw new NotImplementedException();

    /// <summary>Separates items of FETCH, and writes the name of the next.</summary>
    public void FetchItem(ReadOnlySpan<byte> name, bool isFirst) => throw new NotImplementedException();
}
