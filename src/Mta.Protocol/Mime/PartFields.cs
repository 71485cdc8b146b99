namespace Mta.Protocol.Mime;

/// <summary>Collects the Content-… fields of a part's header (RFC 2045 §3). Of two with one name the first counts.</summary>
internal sealed class PartFields
{
    private static readonly MimeText TextType = MimeText.Of("text"), PlainType = MimeText.Of("plain"), MessageType = MimeText.Of("message"), Rfc822Type = MimeText.Of("rfc822"),
        ApplicationType = MimeText.Of("application"), OctetsType = MimeText.Of("octet-stream");

    private bool _hasType;

    /// <param name="inDigest">RFC 2046 §5.1.5: the parts of a digest are messages where they say nothing else.</param>
    public PartFields(bool inDigest) => (Type, Subtype) = inDigest ? (MessageType, Rfc822Type) : (TextType, PlainType);

    public MimeText Type { get; private set; }
    public MimeText Subtype { get; private set; }
    public IReadOnlyList<MimeParameter> Parameters { get; private set; } = [];
    public MimeText ContentId { get; private set; }
    public MimeText Description { get; private set; }
    public MimeText TransferEncoding { get; private set; }
    public MimeText Md5 { get; private set; }
    public MimeText Disposition { get; private set; }
    public IReadOnlyList<MimeParameter> DispositionParameters { get; private set; } = [];
    public IReadOnlyList<MimeText> Languages { get; private set; } = [];
    public MimeText Location { get; private set; }

    public bool IsMultipart => Type.Is("multipart"u8);
    public bool IsDigest => IsMultipart && Subtype.Is("digest"u8);

    /// <summary>RFC 9051 §7.5.2 has an envelope for these two.</summary>
    public bool IsMessage => Type.Is("message"u8) && (Subtype.Is("rfc822"u8) || Subtype.Is("global"u8));

    /// <summary>Null for a multipart without one, and for an empty one, which RFC 2046 §5.1.1 does not know.</summary>
    public byte[]? Boundary
    {
        get
        {
            foreach (var parameter in Parameters)
                if (parameter.Name.Is("boundary"u8)) return parameter.Value.Length is 0 or > MimeLimits.Boundary ? null : parameter.Value.Octets.ToArray();
            return null;
        }
    }

    public void Add(HeaderFields field)
    {
        switch (field.Name.Length)
        {
            case 10 when ContentId.IsNil && field.Is("Content-ID"u8): ContentId = Text(field); break;
            case 11 when Md5.IsNil && field.Is("Content-MD5"u8): Md5 = Text(field); break;
            case 12 when !_hasType && field.Is("Content-Type"u8): SetType(Value(field)); break;
            case 16 when Languages.Count == 0 && field.Is("Content-Language"u8): Languages = Value(field).Languages(); break;
            case 16 when Location.IsNil && field.Is("Content-Location"u8): Location = Text(field); break;
            case 19 when Description.IsNil && field.Is("Content-Description"u8): Description = Text(field); break;
            case 19 when Disposition.IsNil && field.Is("Content-Disposition"u8): SetDisposition(Value(field)); break;
            case 25 when TransferEncoding.IsNil && field.Is("Content-Transfer-Encoding"u8): TransferEncoding = Value(field).Token(); break;
        }
    }

    /// <summary>For a part whose inside is not looked at: octets (RFC 2046 §4).</summary>
    public void MakeOpaque()
    {
        (Type, Subtype) = (ApplicationType, OctetsType);
        Parameters = [];
    }

    private void SetType(ContentField value)
    {
        _hasType = true;
        var (type, subtype) = (value.Token(), value.TokenBehind((byte)'/'));
        // RFC 2045 §5.2: what is no type is text/plain; in a digest too, it does say something else
        (Type, Subtype) = type.IsNil || subtype.IsNil ? (TextType, PlainType) : (type, subtype);
        if (!type.IsNil) Parameters = value.Parameters();
    }

    private void SetDisposition(ContentField value)
    {
        // a parameter, and no disposition before it, says nothing
        if (value.Token() is not { IsNil: false } disposition || value.IsAt((byte)'=')) return;
        Disposition = disposition;
        DispositionParameters = value.Parameters();
    }

    private static ContentField Value(HeaderFields field) => new(HeaderValue.Unfold(field.Value));

    /// <summary>An empty field says nothing.</summary>
    private static MimeText Text(HeaderFields field) => HeaderValue.Unfold(field.Value) is { Length: > 0 } value ? new(value) : default;
}
