using System.Text;
using Mta.Protocol.Addresses;

namespace Mta.Protocol.Smtp.Server;

/// <summary>
/// Reads the arguments of MAIL and RCPT. Each method returns null, or the reply that refuses the command. A parameter whose extension was not
/// offered is unknown (RFC 5321 §4.1.1.11).
/// </summary>
public static class SmtpCommandParser
{
    [Flags]
    private enum Keyword
    {
        Size = 1 << 0,
        Body = 1 << 1,
        SmtpUtf8 = 1 << 2,
        Ret = 1 << 3,
        EnvId = 1 << 4,
        By = 1 << 5,
        HoldFor = 1 << 6,
        HoldUntil = 1 << 7,
        MtPriority = 1 << 8,
        RequireTls = 1 << 9,
        Auth = 1 << 10,
    }

    private static readonly (string Name, Keyword Keyword, SmtpExtensions Needs)[] MailKeywords =
    [
        ("SIZE", Keyword.Size, SmtpExtensions.Size), // RFC 1870
        ("BODY", Keyword.Body, SmtpExtensions.EightBitMime), // RFC 6152, RFC 3030
        ("SMTPUTF8", Keyword.SmtpUtf8, SmtpExtensions.SmtpUtf8), // RFC 6531
        ("RET", Keyword.Ret, SmtpExtensions.Dsn), // RFC 3461
        ("ENVID", Keyword.EnvId, SmtpExtensions.Dsn),
        ("BY", Keyword.By, SmtpExtensions.DeliverBy), // RFC 2852
        ("HOLDFOR", Keyword.HoldFor, SmtpExtensions.FutureRelease), // RFC 4865
        ("HOLDUNTIL", Keyword.HoldUntil, SmtpExtensions.FutureRelease),
        ("MT-PRIORITY", Keyword.MtPriority, SmtpExtensions.MtPriority), // RFC 6710
        ("REQUIRETLS", Keyword.RequireTls, SmtpExtensions.RequireTls), // RFC 8689
        ("AUTH", Keyword.Auth, SmtpExtensions.Auth), // RFC 4954
    ];

    /// <summary>Reads what follows <c>MAIL </c>.</summary>
    public static SmtpReply? ParseMail(ReadOnlySpan<byte> text, SmtpExtensions offered, out MailPath path, out MailParameters parameters)
    {
        parameters = MailParameters.None;
        path = MailPath.Null;
        if (!SkipKeyword(ref text, "FROM:"u8)) return SmtpServerReplies.BadMail;
        bool utf8 = offered.HasFlag(SmtpExtensions.SmtpUtf8);
        switch (AddressParser.ParseReversePath(text, utf8, out path, out int length))
        {
            case AddressError.Syntax: return SmtpServerReplies.BadSender;
            case AddressError.TooLong: return SmtpServerReplies.SenderTooLong;
            case AddressError.Domain: return SmtpServerReplies.BadSenderDomain;
        }
        text = text[length..];
        if (!text.IsEmpty)
        {
            if (text[0] != ' ') return SmtpServerReplies.BadSender;
            if (ParseMailParameters(text, offered, out parameters) is { } refusal) return refusal;
        }
        // RFC 6531 §3.4
        return parameters.SmtpUtf8 || Ascii.IsValid(path.Address) ? null : SmtpServerReplies.NeedsSmtpUtf8;
    }

    /// <summary>Reads what follows <c>RCPT </c>.</summary>
    /// <param name="utf8">The transaction is SMTPUTF8.</param>
    public static SmtpReply? ParseRcpt(ReadOnlySpan<byte> text, SmtpExtensions offered, bool utf8, out MailPath path, out RcptParameters parameters)
    {
        parameters = RcptParameters.None;
        path = MailPath.Null;
        if (!SkipKeyword(ref text, "TO:"u8)) return SmtpServerReplies.BadRcpt;
        switch (AddressParser.ParseForwardPath(text, offered.HasFlag(SmtpExtensions.SmtpUtf8), out path, out int length))
        {
            case AddressError.Syntax: return SmtpServerReplies.BadRecipient;
            case AddressError.TooLong: return SmtpServerReplies.RecipientTooLong;
            case AddressError.Domain: return SmtpServerReplies.BadRecipientDomain;
        }
        if (!utf8 && !Ascii.IsValid(path.Address)) return SmtpServerReplies.NeedsSmtpUtf8;
        text = text[length..];
        if (text.IsEmpty) return null;
        return text[0] == ' ' ? ParseRcptParameters(text, offered, utf8, out parameters) : SmtpServerReplies.BadRecipient;
    }

    private static SmtpReply? ParseMailParameters(ReadOnlySpan<byte> text, SmtpExtensions offered, out MailParameters parameters)
    {
        parameters = MailParameters.None;
        long? size = null, holdFor = null;
        DateTimeOffset? holdUntil = null;
        var body = BodyType.SevenBit;
        var ret = DsnReturn.Unspecified;
        string? envelopeId = null, auth = null;
        DeliverBy? by = null;
        int priority = 0;

        var reader = new ParameterReader(text);
        Keyword seen = 0;
        while (reader.Next())
        {
            if (FindKeyword(reader.Keyword, offered) is not { } keyword) return SmtpServerReplies.UnknownParameter;
            if (seen.HasFlag(keyword)) return SmtpServerReplies.DuplicateParameter;
            seen |= keyword;
            bool valid = keyword switch
            {
                Keyword.Size => ParameterValues.Number(reader.Value, 20, out size),
                Keyword.Body => ParameterValues.Body(reader.Value, offered, out body),
                Keyword.Ret => ParameterValues.Return(reader.Value, out ret),
                Keyword.EnvId => ParameterValues.EnvelopeId(reader.Value, out envelopeId),
                Keyword.By => ParameterValues.By(reader.Value, out by),
                Keyword.HoldFor => ParameterValues.Number(reader.Value, 9, out holdFor),
                Keyword.HoldUntil => ParameterValues.Time(reader.Value, out holdUntil),
                Keyword.Auth => ParameterValues.Submitter(reader.Value, out auth),
                Keyword.MtPriority => ParameterValues.Priority(reader.Value, out priority),
                _ => !reader.HasValue, // SMTPUTF8, REQUIRETLS
            };
            if (!valid) return SmtpServerReplies.BadParameter;
        }
        // RFC 4865 §4: one of the two
        if (reader.IsMalformed || (holdFor is not null && holdUntil is not null)) return SmtpServerReplies.BadParameter;
        if (seen == 0) return null;
        parameters = new()
        {
            Size = size,
            Body = body,
            SmtpUtf8 = seen.HasFlag(Keyword.SmtpUtf8),
            Return = ret,
            EnvelopeId = envelopeId,
            DeliverBy = by,
            HoldFor = holdFor,
            HoldUntil = holdUntil,
            Priority = priority,
            RequireTls = seen.HasFlag(Keyword.RequireTls),
            Auth = auth,
        };
        return null;
    }

    private static Keyword? FindKeyword(ReadOnlySpan<byte> name, SmtpExtensions offered)
    {
        foreach (var (known, keyword, needs) in MailKeywords)
            if (Ascii.EqualsIgnoreCase(name, known)) return offered.HasFlag(needs) ? keyword : null;
        return null;
    }

    private static SmtpReply? ParseRcptParameters(ReadOnlySpan<byte> text, SmtpExtensions offered, bool utf8, out RcptParameters parameters)
    {
        parameters = RcptParameters.None;
        var notify = DsnNotify.Unspecified;
        string? original = null;
        var reader = new ParameterReader(text);
        while (reader.Next())
        {
            bool isNotify = Ascii.EqualsIgnoreCase(reader.Keyword, "NOTIFY"u8);
            if (!offered.HasFlag(SmtpExtensions.Dsn) || !(isNotify || Ascii.EqualsIgnoreCase(reader.Keyword, "ORCPT"u8)))
                return SmtpServerReplies.UnknownParameter;
            if (isNotify ? notify != DsnNotify.Unspecified : original is not null) return SmtpServerReplies.DuplicateParameter;
            bool valid = isNotify ? ParameterValues.Notify(reader.Value, out notify) : ParameterValues.OriginalRecipient(reader.Value, utf8, out original);
            if (!valid) return SmtpServerReplies.BadParameter;
        }
        if (reader.IsMalformed) return SmtpServerReplies.BadParameter;
        if (notify != DsnNotify.Unspecified || original is not null) parameters = new(notify, original);
        return null;
    }

    /// <summary>Takes the keyword, and the blanks behind it that RFC 5321 §3.3 forbids and many clients send.</summary>
    private static bool SkipKeyword(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> keyword)
    {
        if (text.Length < keyword.Length || !Ascii.EqualsIgnoreCase(text[..keyword.Length], keyword)) return false;
        text = text[keyword.Length..].TrimStart((byte)' ');
        return true;
    }
}
