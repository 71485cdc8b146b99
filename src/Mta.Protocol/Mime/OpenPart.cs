namespace Mta.Protocol.Mime;

/// <summary>A part that is being read: its end is not known yet.</summary>
internal sealed class OpenPart(PartFields fields, EnvelopeFields? envelope, long start, long startLine)
{
    private readonly List<MimePart> _children = [];
    private long _bodyStart, _bodyLine;

    public PartFields Fields => fields;

    /// <summary>It is a message: the whole of it, or one within another.</summary>
    public EnvelopeFields? Envelope => envelope;

    public long Start => start;

    public long BodyStart => _bodyStart;

    public bool IsMultipart { get; set; }

    /// <summary>The envelope of the message in it, which is then its only child.</summary>
    public Envelope? Inner { get; set; }

    public void EndHeader(long offset, long line) => (_bodyStart, _bodyLine) = (offset, line);

    public void Add(MimePart child) => _children.Add(child);

    public MimePart Close(long end, long endLine)
    {
        // every multipart has a part, if an empty one: IMAP has no words for one without (RFC 9051 §9, body-type-mpart)
        if (IsMultipart && _children.Count == 0)
            Add(new() { Header = new(_bodyStart, 0), Body = new(_bodyStart, 0), Type = MimeText.Of("text"), Subtype = MimeText.Of("plain") });
        return new()
        {
            Header = new(start, _bodyStart - start),
            HeaderLines = _bodyLine - startLine,
            Body = new(_bodyStart, end - _bodyStart),
            BodyLines = endLine - _bodyLine,
            Type = fields.Type,
            Subtype = fields.Subtype,
            Parameters = fields.Parameters,
            ContentId = fields.ContentId,
            Description = fields.Description,
            TransferEncoding = fields.TransferEncoding,
            Md5 = fields.Md5,
            Disposition = fields.Disposition,
            DispositionParameters = fields.DispositionParameters,
            Languages = fields.Languages,
            Location = fields.Location,
            IsMultipart = IsMultipart,
            Children = IsMultipart ? _children : [],
            Message = Inner is null ? null : new(Inner, _children[0]),
        };
    }
}
