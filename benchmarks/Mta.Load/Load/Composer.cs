using System.Collections.Immutable;
using System.Text;
using Mta.Protocol.Text;

namespace Mta.Load;

/// <summary>Puts together what a run says: commands and messages as octets. Shared by all sessions; only the date's text ever changes.</summary>
internal sealed class Composer
{
    /// <summary>Octets that one command takes, at most.</summary>
    public const int MaxCommand = 400;

    private readonly LoadOptions _options;
    private readonly TimeProvider _time;
    private readonly uint _run;
    private readonly ImmutableArray<MessageTemplate> _templates;
    private DateText _date;
    private long _sequence;

    public Composer(LoadOptions options, uint run, TimeProvider time)
    {
        (_options, _run, _time) = (options, run, time);
        _templates = options.Messages.Load(stuffs: !options.Bdat);
        _date = new DateText(time.GetUtcNow());
    }

    /// <summary>Messages that were given an id.</summary>
    public long Sequence => Volatile.Read(ref _sequence);

    public MessageTemplate Template(long number) => _templates[(int)((number - 1) % _templates.Length)];

    public int Mail(Span<byte> target, long number, bool isEightBit)
    {
        var writer = new SpanWriter(target);
        writer.Write("MAIL FROM:<"u8);
        Span<byte> address = stackalloc byte[MergeText.MaxField * 2];
        writer.Write(address[..From(address, number)]);
        writer.Write(isEightBit ? "> BODY=8BITMIME\r\n"u8 : ">\r\n"u8);
        return writer.Length;
    }

    /// <summary>Which recipient of the message: from 0.</summary>
    public int Rcpt(Span<byte> target, long number, int index)
    {
        var writer = new SpanWriter(target);
        writer.Write("RCPT TO:<"u8);
        Span<byte> address = stackalloc byte[MergeText.MaxField * 2];
        writer.Write(address[..To(address, Recipient(number, index))]);
        writer.Write(">\r\n"u8);
        return writer.Length;
    }

    /// <summary>Gives the message the run's next id and writes its head.</summary>
    public int Head(Span<byte> target, MessageTemplate template, long number, int connection)
    {
        var now = _time.GetUtcNow();
        var date = _date;
        if (date.Second != now.ToUnixTimeSeconds()) _date = date = new DateText(now);
        long recipient = Recipient(number, 0);
        Span<byte> from = stackalloc byte[MergeText.MaxField * 2], to = stackalloc byte[MergeText.MaxField * 2];
        return template.WriteHead(target, new MergeValues
        {
            Number = number,
            From = from[..From(from, number)],
            To = to[..To(to, recipient)],
            Domain = _options.Domains.Pick(recipient),
            Date = date.Text,
            Tracer = new(_run, connection, Interlocked.Increment(ref _sequence), (now.Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond),
        });
    }

    private long Recipient(long number, int index) => (number - 1) * _options.Recipients + index + 1;

    private int From(Span<byte> target, long number) => _options.From.Write(target, number, _options.Domains.Pick(Recipient(number, 0)));

    private int To(Span<byte> target, long recipient) => _options.To.Write(target, recipient, _options.Domains.Pick(recipient));

    private sealed class DateText
    {
        public DateText(DateTimeOffset time)
        {
            Span<byte> text = stackalloc byte[40];
            var writer = new SpanWriter(text);
            MessageDate.Write(ref writer, time);
            (Second, Text) = (time.ToUnixTimeSeconds(), text[..writer.Length].ToArray());
        }

        public long Second { get; }

        public byte[] Text { get; }
    }
}
