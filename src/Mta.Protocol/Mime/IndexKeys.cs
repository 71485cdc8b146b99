namespace Mta.Protocol.Mime;

/// <summary>What a message is sorted, threaded and found by, from the fields of its header.</summary>
internal static class IndexKeys
{
    public static MessageIndex Make(long size, long lines, MimePart root, EnvelopeFields fields)
    {
        var envelope = fields.ToEnvelope();
        var (subject, isReply) = BaseSubject.Of(EncodedWords.Decode(envelope.Subject.Octets));
        return new()
        {
            Size = size,
            Lines = lines,
            Root = root,
            Envelope = envelope,
            SentDate = SentDate.Read(envelope.Date.Octets),
            MessageId = MessageIds.First(envelope.MessageId.Octets),
            References = References(fields, envelope),
            BaseSubject = Cut(subject),
            IsReplyOrForward = isReply,
            SortFrom = Mailbox(envelope.From),
            SortTo = Mailbox(envelope.To),
            SortCc = Mailbox(envelope.Cc),
            DisplayFrom = Display(envelope.From),
            DisplayTo = Display(envelope.To),
        };
    }

    // RFC 5256 §3, REFERENCES, step 1: In-Reply-To counts where References names nothing
    private static List<string> References(EnvelopeFields fields, Envelope envelope)
    {
        var ids = MessageIds.All(fields.References.Octets);
        if (ids.Count == 0 && MessageIds.First(envelope.InReplyTo.Octets) is { } id) ids.Add(id);
        return ids;
    }

    private static string Mailbox(IReadOnlyList<MimeAddress> addresses) => addresses.Count == 0 ? "" : Cut(addresses[0].Mailbox.ToString());

    // RFC 5957 §3: the name, decoded; else the address, or the name of the group
    private static string Display(IReadOnlyList<MimeAddress> addresses)
    {
        if (addresses.Count == 0) return "";
        var first = addresses[0];
        if (!first.Name.IsNil) return Cut(EncodedWords.Decode(first.Name.Octets));
        return Cut(first.Host.IsNil ? EncodedWords.Decode(first.Mailbox.Octets) : $"{first.Mailbox}@{first.Host}");
    }

    private static string Cut(string key)
    {
        if (key.Length <= MimeLimits.Key) return key;
        return key[..(char.IsHighSurrogate(key[MimeLimits.Key - 1]) ? MimeLimits.Key - 1 : MimeLimits.Key)];
    }
}
