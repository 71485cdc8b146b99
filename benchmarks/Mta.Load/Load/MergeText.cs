using System.Collections.Immutable;
using Mta.Protocol.Text;

namespace Mta.Load;

/// <summary>What stands in for a merge field in one message, each as it goes over the wire.</summary>
internal readonly ref struct MergeValues
{
    public long Number { get; init; }
    public ReadOnlySpan<byte> To { get; init; }
    public ReadOnlySpan<byte> From { get; init; }
    public ReadOnlySpan<byte> Domain { get; init; }
    public ReadOnlySpan<byte> Date { get; init; }
    public Tracer Tracer { get; init; }
}

/// <summary>Text cut at its merge fields once, so that a message is put together by copying. What is in braces but no field stays as it is.</summary>
internal sealed class MergeText
{
    /// <summary>Octets that one field can take: an address (RFC 5321 §4.5.3.1: 64 + 1 + 255) is the longest.</summary>
    public const int MaxField = 320;

    private enum Field : byte { None, Number, To, From, Domain, Date, Tracer }

    private readonly ImmutableArray<(ReadOnlyMemory<byte> Literal, Field Field)> _pieces;

    private MergeText(ImmutableArray<(ReadOnlyMemory<byte> Literal, Field Field)> pieces) =>
        (_pieces, MaxLength) = (pieces, pieces.Sum(p => p.Literal.Length + (p.Field == Field.None ? 0 : MaxField)));

    /// <summary>Octets that <see cref="Write"/> needs, at most.</summary>
    public int MaxLength { get; }

    public static MergeText Parse(ReadOnlyMemory<byte> text)
    {
        var pieces = ImmutableArray.CreateBuilder<(ReadOnlyMemory<byte>, Field)>();
        int start = 0, at = 0;
        while (text.Span[at..].IndexOf((byte)'{') is >= 0 and int found)
        {
            at += found;
            var (field, length) = FieldAt(text.Span[at..]);
            if (field != Field.None)
            {
                pieces.Add((text[start..at], field));
                start = at + length;
            }
            at += length;
        }
        pieces.Add((text[start..], Field.None));
        return new(pieces.ToImmutable());
    }

    /// <summary>Returns how many octets it wrote.</summary>
    public int Write(Span<byte> target, in MergeValues values)
    {
        var writer = new SpanWriter(target);
        foreach (var (literal, field) in _pieces)
        {
            writer.Write(literal.Span);
            switch (field)
            {
                case Field.Number: writer.Write(values.Number); break;
                case Field.To: writer.Write(values.To); break;
                case Field.From: writer.Write(values.From); break;
                case Field.Domain: writer.Write(values.Domain); break;
                case Field.Date: writer.Write(values.Date); break;
                case Field.Tracer: values.Tracer.Write(ref writer); break;
            }
        }
        return writer.Length;
    }

    private static (Field Field, int Length) FieldAt(ReadOnlySpan<byte> text) => text switch
    {
        _ when text.StartsWith("{n}"u8) => (Field.Number, 3),
        _ when text.StartsWith("{to}"u8) => (Field.To, 4),
        _ when text.StartsWith("{from}"u8) => (Field.From, 6),
        _ when text.StartsWith("{domain}"u8) => (Field.Domain, 8),
        _ when text.StartsWith("{date}"u8) => (Field.Date, 6),
        _ when text.StartsWith("{id}"u8) => (Field.Tracer, 4),
        _ => (Field.None, 1),
    };
}
