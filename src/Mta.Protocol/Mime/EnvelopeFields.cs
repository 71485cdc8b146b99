namespace Mta.Protocol.Mime;

/// <summary>Collects the fields of a message's header that its envelope shows.</summary>
internal sealed class EnvelopeFields
{
    private readonly List<MimeAddress> _from = [], _sender = [], _replyTo = [], _to = [], _cc = [], _bcc = [];
    private MimeText _date, _subject, _inReplyTo, _messageId;

    /// <summary>The field References, which no envelope shows and threads need.</summary>
    public MimeText References { get; private set; }

    public int Addresses => _from.Count + _sender.Count + _replyTo.Count + _to.Count + _cc.Count + _bcc.Count;

    /// <param name="most">Addresses that may still be added.</param>
    public void Add(HeaderFields field, int most)
    {
        switch (field.Name.Length)
        {
            case 2 when field.Is("To"u8): Add(_to, field, most); break;
            case 2 when field.Is("Cc"u8): Add(_cc, field, most); break;
            case 3 when field.Is("Bcc"u8): Add(_bcc, field, most); break;
            case 4 when field.Is("From"u8): Add(_from, field, most); break;
            case 6 when field.Is("Sender"u8): Add(_sender, field, most); break;
            case 8 when field.Is("Reply-To"u8): Add(_replyTo, field, most); break;
            // of those that RFC 5322 §3.6 allows but once, the last one counts
            case 4 when field.Is("Date"u8): _date = Text(field); break;
            case 7 when field.Is("Subject"u8): _subject = new(HeaderValue.Collapse(field.Value)); break;
            case 10 when field.Is("Message-ID"u8): _messageId = Text(field); break;
            case 10 when field.Is("References"u8): References = Text(field); break;
            case 11 when field.Is("In-Reply-To"u8): _inReplyTo = Text(field); break;
        }
    }

    public Envelope ToEnvelope() => new()
    {
        Date = _date,
        Subject = _subject,
        From = _from,
        Sender = _sender,
        ReplyTo = _replyTo,
        To = _to,
        Cc = _cc,
        Bcc = _bcc,
        InReplyTo = _inReplyTo,
        MessageId = _messageId,
    };

    // Fields of one name are one list: who checked the first and shows the second would be deceived.
    private static void Add(List<MimeAddress> addresses, HeaderFields field, int most) =>
        new AddressList(HeaderValue.Unfold(field.Value)).Read(addresses, addresses.Count + most);

    private static MimeText Text(HeaderFields field) => new(HeaderValue.Unfold(field.Value));
}
