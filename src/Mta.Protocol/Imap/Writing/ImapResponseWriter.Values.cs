using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;
using Mta.Protocol.Text;

namespace Mta.Protocol.Imap.Writing;

public readonly partial struct ImapResponseWriter
{
    // a longer string is a literal: clients read lines into buffers of their own
    private const int LongestQuoted = 1024;

    private const int MostOnStack = 512;

    private static ReadOnlySpan<byte> Months => "JanFebMarAprMayJunJulAugSepOctNovDec"u8;

    public void Number(ulong number)
    {
        var span = output.GetSpan(20);
        Utf8Formatter.TryFormat(number, span, out int written);
        output.Advance(written);
    }

    /// <summary>An atom where it can be one, else a string.</summary>
    public void AString(string value) => Encoded(value, static (writer, octets) =>
    {
        // "]" could end a response code, and NIL would be read as nothing
        if (octets.IsEmpty || octets.ContainsAnyExcept(ImapChars.Atom) || Ascii.EqualsIgnoreCase(octets, "NIL"u8)) writer.String(octets);
        else writer.Raw(octets);
    });

    /// <summary>Quoted where that is possible, else a literal.</summary>
    public void String(string value) => Encoded(value, static (writer, octets) => writer.String(octets));

    /// <summary>The same, of octets. NUL, which no string can have (RFC 9051 §4.3), becomes "?".</summary>
    public void String(ReadOnlySpan<byte> value)
    {
        if (value.Length <= LongestQuoted && !value.ContainsAny((byte)'\r', (byte)'\n', (byte)0) && (Ascii.IsValid(value) || (utf8 && Utf8.IsValid(value))))
        {
            Quoted(value);
            return;
        }
        LiteralHeader(value.Length);
        if (!value.Contains((byte)0))
        {
            Raw(value);
            return;
        }
        foreach (byte b in value) Raw([b == 0 ? (byte)'?' : b]);
    }

    /// <summary>NIL or a string.</summary>
    public void NString(string? value)
    {
        if (value is null) Raw("NIL"u8);
        else String(value);
    }

    /// <summary><c>{n}</c> and CRLF; the octets follow, without a NUL.</summary>
    public void LiteralHeader(long size)
    {
        Raw("{"u8);
        Number((ulong)size);
        Raw("}\r\n"u8);
    }

    /// <summary><c>~{n}</c> and CRLF; the octets follow, and there may be a NUL in them (RFC 3516 §4.2).</summary>
    public void Literal8Header(long size)
    {
        Raw("~"u8);
        LiteralHeader(size);
    }

    /// <summary><c>(\Seen $Forwarded)</c>.</summary>
    public void Flags(ImapSystemFlags system, IReadOnlyList<string> keywords)
    {
        bool isFirst = true;
        Raw("("u8);
        foreach (var (flag, name) in ImapFlagNames.Table)
        {
            if ((system & flag) == 0) continue;
            if (!isFirst) Space();
            Printable(name);
            isFirst = false;
        }
        // by index: an enumerator of a list behind an interface would cost memory
        for (int i = 0; i < keywords.Count; i++)
        {
            if (!isFirst) Space();
            Printable(keywords[i]);
            isFirst = false;
        }
        Raw(")"u8);
    }

    /// <summary>The name of a mailbox.</summary>
    public void Mailbox(string name) => AString(utf8 ? name : ModifiedUtf7.Encode(name));

    /// <summary><c>1:5,7</c>.</summary>
    public void Set(IReadOnlyList<ImapRange> ranges)
    {
        for (int i = 0; i < ranges.Count; i++)
        {
            if (i > 0) Raw(","u8);
            SetNumber(ranges[i].First);
            if (ranges[i].Last == ranges[i].First) continue;
            Raw(":"u8);
            SetNumber(ranges[i].Last);
        }
    }

    /// <summary><c>"17-Jul-1996 02:44:25 -0700"</c>, with its quotes (RFC 9051 §9, date-time).</summary>
    public void DateTime(DateTimeOffset time)
    {
        var writer = new SpanWriter(output.GetSpan(32));
        writer.WriteByte((byte)'"');
        if (time.Day < 10) writer.WriteByte((byte)' ');
        writer.Write(time.Day);
        writer.WriteByte((byte)'-');
        writer.Write(Months.Slice((time.Month - 1) * 3, 3));
        writer.WriteByte((byte)'-');
        writer.Write(time.Year, "D4");
        writer.WriteByte((byte)' ');
        writer.Write(time.Hour, "D2");
        writer.WriteByte((byte)':');
        writer.Write(time.Minute, "D2");
        writer.WriteByte((byte)':');
        writer.Write(time.Second, "D2");
        writer.Write(time.Offset < TimeSpan.Zero ? " -"u8 : " +"u8);
        writer.Write(Math.Abs(time.Offset.Hours), "D2");
        writer.Write(Math.Abs(time.Offset.Minutes), "D2");
        writer.WriteByte((byte)'"');
        output.Advance(writer.Length);
    }

    private void SetNumber(uint number)
    {
        if (number == ImapRange.Star) Raw("*"u8);
        else Number(number);
    }

    private void Quoted(ReadOnlySpan<byte> value)
    {
        Raw("\""u8);
        while (value.IndexOfAny((byte)'"', (byte)'\\') is >= 0 and var at)
        {
            Raw(value[..at]);
            Raw("\\"u8);
            Raw(value.Slice(at, 1));
            value = value[(at + 1)..];
        }
        Raw(value);
        Raw("\""u8);
    }

    private delegate void Octets(ImapResponseWriter writer, ReadOnlySpan<byte> octets);

    /// <summary>Hands on the text as UTF-8.</summary>
    private void Encoded(string value, Octets write)
    {
        int most = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = most > MostOnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> octets = rented ?? stackalloc byte[MostOnStack];
        write(this, octets[..Encoding.UTF8.GetBytes(value, octets)]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }
}
