using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Mta.Protocol.Text;

namespace Mta.Protocol.Smtp.Server;

/// <summary>What a Received field tells.</summary>
public readonly ref struct Trace
{
    public required string ClientName { get; init; }
    public required IPAddress ClientAddress { get; init; }
    public required string Hostname { get; init; }

    /// <summary>RFC 3848: SMTP, ESMTP, ESMTPS; RFC 6531 §4.3: UTF8SMTP, UTF8SMTPS.</summary>
    public required string Protocol { get; init; }

    /// <summary>Protocol and cipher, or null.</summary>
    public string? Tls { get; init; }
    public required ReadOnlySpan<char> Id { get; init; }

    /// <summary>The recipient, where there is only one: to name one of several would give away a blind copy (RFC 5321 §7.2).</summary>
    public string? For { get; init; }
    public required DateTimeOffset Time { get; init; }
}

/// <summary>Writes our Received field (RFC 5321 §4.4).</summary>
public static class TraceHeader
{
    // the longest of each: name 255, address 60, host 255, protocol and TLS 120, id 20, path 256, date 31, words
    private const int MaxLength = 1536;

    /// <summary>Writes the field, folded, with its CRLF. Everything in it has been checked when it was received.</summary>
    public static void Write(IBufferWriter<byte> output, in Trace trace)
    {
        var writer = new SpanWriter(output.GetSpan(MaxLength));
        writer.Write("Received: from "u8);
        writer.Write(trace.ClientName);
        writer.Write(" (["u8);
        if (trace.ClientAddress.AddressFamily == AddressFamily.InterNetworkV6) writer.Write("IPv6:"u8);
        writer.Write(trace.ClientAddress);
        writer.Write("])\r\n\tby "u8);
        writer.Write(trace.Hostname);
        writer.Write(" with "u8);
        writer.Write(trace.Protocol);
        if (trace.Tls is { } tls)
        {
            writer.Write(" ("u8);
            writer.Write(tls);
            writer.WriteByte((byte)')');
        }
        writer.Write(" id "u8);
        writer.Write(trace.Id);
        if (trace.For is { } recipient)
        {
            writer.Write("\r\n\tfor <"u8);
            writer.Write(recipient);
            writer.WriteByte((byte)'>');
        }
        writer.Write(";\r\n\t"u8);
        MessageDate.Write(ref writer, trace.Time);
        writer.Write("\r\n"u8);
        output.Advance(writer.Length);
    }
}
