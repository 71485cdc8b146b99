using System.Collections.Immutable;
using Google.Protobuf;
using Mta.Protocol.Smtp;

namespace Mta.Mail;

/// <summary><see cref="Envelope"/> to and from its stored form, <c>mail.proto</c>.</summary>
internal static class EnvelopeCodec
{
    public static byte[] Encode(Envelope envelope) => ToProto(envelope).ToByteArray();

    /// <summary>Throws <see cref="InvalidDataException"/> where these are not the octets of an envelope.</summary>
    public static Envelope Decode(ReadOnlySpan<byte> encoded)
    {
        try
        {
            return FromProto(Proto.Envelope.Parser.ParseFrom(encoded));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentOutOfRangeException) // a time that no calendar has
        {
            throw new InvalidDataException($"not an envelope: {e.Message}", e);
        }
    }

    public static Proto.Envelope ToProto(Envelope envelope)
    {
        var (mail, proto) = (envelope.Parameters, new Proto.Envelope
        {
            Id = envelope.Id.Value,
            ReversePath = envelope.ReversePath,
            ReceivedAtMs = envelope.ReceivedAt.ToUnixTimeMilliseconds(),
            Size = envelope.Size,
            NotBeforeMs = envelope.NotBefore?.ToUnixTimeMilliseconds() ?? 0,
            HeaderIsUtf8 = envelope.HeaderIsUtf8,
            IsEightBit = envelope.IsEightBit,
            ClientAddress = envelope.ClientAddress,
            ClientName = envelope.ClientName,
            Account = envelope.Account,
        });
        proto.Body = (uint)mail.Body;
        proto.SmtpUtf8 = mail.SmtpUtf8;
        proto.DsnReturn = (uint)mail.Return;
        proto.EnvelopeId = mail.EnvelopeId ?? "";
        proto.RequireTls = mail.RequireTls;
        proto.Priority = mail.Priority;
        proto.Auth = mail.Auth ?? "";
        if (mail.DeliverBy is { } by) proto.DeliverBy = new() { Seconds = by.Seconds, Return = by.Return, Trace = by.Trace };
        foreach (var recipient in envelope.Recipients)
            proto.Recipients.Add(new Proto.Recipient
            {
                Address = recipient.Address,
                Domain = recipient.Domain == DomainOf(recipient.Address) ? "" : recipient.Domain,
                Notify = (uint)recipient.Parameters.Notify,
                OriginalRecipient = recipient.Parameters.OriginalRecipient ?? "",
            });
        return proto;
    }

    private static Envelope FromProto(Proto.Envelope proto) => new()
    {
        Id = new(proto.Id),
        ReversePath = proto.ReversePath,
        ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(proto.ReceivedAtMs),
        Size = proto.Size,
        NotBefore = proto.NotBeforeMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(proto.NotBeforeMs),
        HeaderIsUtf8 = proto.HeaderIsUtf8,
        IsEightBit = proto.IsEightBit,
        ClientAddress = proto.ClientAddress,
        ClientName = proto.ClientName,
        Account = proto.Account,
        Parameters = new()
        {
            Size = proto.Size,
            Body = (BodyType)proto.Body,
            SmtpUtf8 = proto.SmtpUtf8,
            Return = (DsnReturn)proto.DsnReturn,
            EnvelopeId = NullIfEmpty(proto.EnvelopeId),
            RequireTls = proto.RequireTls,
            Priority = proto.Priority,
            Auth = NullIfEmpty(proto.Auth),
            DeliverBy = proto.DeliverBy is { } by ? new(by.Seconds, by.Return, by.Trace) : null,
        },
        Recipients = [.. proto.Recipients.Select(r => new Recipient(
            r.Address,
            r.Domain.Length > 0 ? r.Domain : DomainOf(r.Address),
            r.Notify == 0 && r.OriginalRecipient.Length == 0 ? RcptParameters.None : new((DsnNotify)r.Notify, NullIfEmpty(r.OriginalRecipient))))],
    };

    private static string DomainOf(string address) => address[(address.LastIndexOf('@') + 1)..].ToLowerInvariant();

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
