using System.Buffers;
using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>Writes the pieces of an index (<see cref="MessageIndexCodec"/>).</summary>
internal readonly ref struct IndexWriter(IBufferWriter<byte> output)
{
    public void Number(long value)
    {
        var target = output.GetSpan(10);
        int length = 0;
        ulong rest = (ulong)value;
        for (; rest >= 0x80; rest >>= 7) target[length++] = (byte)(rest | 0x80);
        target[length++] = (byte)rest;
        output.Advance(length);
    }

    public void Text(MimeText text)
    {
        Number(text.IsNil ? 0 : text.Length + 1);
        output.Write(text.Octets);
    }

    public void Text(string? text) => Text(text is null ? default : new MimeText(Encoding.UTF8.GetBytes(text)));

    /// <summary>Minutes east of UTC, moved to be positive, and 0 for no date; then seconds since the year 1.</summary>
    public void Date(DateTimeOffset? date)
    {
        Number(date is { } given ? given.TotalOffsetMinutes + IndexReader.ZoneBase : 0);
        if (date is not null) Number(date.Value.Ticks / TimeSpan.TicksPerSecond);
    }

    public void Envelope(Envelope envelope)
    {
        Text(envelope.Date);
        Text(envelope.Subject);
        Addresses(envelope.From);
        Addresses(envelope.Sender);
        Addresses(envelope.ReplyTo);
        Addresses(envelope.To);
        Addresses(envelope.Cc);
        Addresses(envelope.Bcc);
        Text(envelope.InReplyTo);
        Text(envelope.MessageId);
    }

    /// <param name="part">With all that it holds.</param>
    /// <param name="start">Where the body of what encloses it begins: offsets count from there.</param>
    public void Part(MimePart part, long start)
    {
        Number(part.Header.Offset - start);
        Number(part.Header.Length);
        Number(part.HeaderLines);
        Number(part.Body.Length);
        Number(part.BodyLines);
        Number(part.Message is not null ? IndexReader.HoldsMessage : part.IsMultipart ? IndexReader.HoldsParts : IndexReader.HoldsNothing);
        Text(part.Type);
        Text(part.Subtype);
        Parameters(part.Parameters);
        Text(part.ContentId);
        Text(part.Description);
        Text(part.TransferEncoding);
        Text(part.Md5);
        Text(part.Disposition);
        Parameters(part.DispositionParameters);
        Number(part.Languages.Count);
        foreach (var language in part.Languages) Text(language);
        Text(part.Location);
        if (part.Message is { } message)
        {
            Envelope(message.Envelope);
            Part(message.Root, part.Body.Offset);
        }
        else if (part.IsMultipart)
        {
            Number(part.Children.Count);
            foreach (var child in part.Children) Part(child, part.Body.Offset);
        }
    }

    private void Addresses(IReadOnlyList<MimeAddress> addresses)
    {
        Number(addresses.Count);
        foreach (var address in addresses)
        {
            Text(address.Name);
            Text(address.Route);
            Text(address.Mailbox);
            Text(address.Host);
        }
    }

    private void Parameters(IReadOnlyList<MimeParameter> parameters)
    {
        Number(parameters.Count);
        foreach (var parameter in parameters)
        {
            Text(parameter.Name);
            Text(parameter.Value);
        }
    }
}
