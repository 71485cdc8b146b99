using System.Text;

namespace Mta.Queue;

/// <summary>
/// Looks into an envelope in its stored form (mail.proto) without making an object of it: whoever asks for one sender among a million messages is
/// to have an answer at once.
/// </summary>
internal static class EnvelopeFields
{
    // the tags of mail.proto: the field's number, and 2 for what has a length (protobuf.dev, "Message Structure")
    private const ulong ReversePath = 2 << 3 | 2, Recipient = 3 << 3 | 2, RecipientAddress = 1 << 3 | 2, RecipientDomain = 2 << 3 | 2;

    /// <summary>The recipients that match, by their place in the envelope; none where the sender does not match.</summary>
    public static void Matching(ReadOnlySpan<byte> envelope, QueueFilter filter, List<int> recipients)
    {
        bool hasSender = filter.Sender is null or "" or "<>"; // proto3 leaves out what is empty
        int recipient = 0;
        while (TryRead(ref envelope, out ulong field, out var value))
            switch (field)
            {
                case ReversePath:
                    hasSender = filter.Sender is null || IsSame(value, filter.Sender);
                    break;
                case Recipient:
                    if (Matches(value, filter)) recipients.Add(recipient);
                    recipient++;
                    break;
            }
        if (!hasSender) recipients.Clear();
    }

    /// <summary>Goes through the recipients' domains, in their order.</summary>
    public static DomainReader Domains(ReadOnlySpan<byte> envelope) => new(envelope);

    private static bool Matches(ReadOnlySpan<byte> recipient, QueueFilter filter)
    {
        Read(recipient, out var address, out var domain);
        return (filter.Recipient is null || IsSame(address, filter.Recipient)) && (filter.Domain is null || IsSame(domain, filter.Domain));
    }

    private static void Read(ReadOnlySpan<byte> recipient, out ReadOnlySpan<byte> address, out ReadOnlySpan<byte> domain)
    {
        address = domain = [];
        while (TryRead(ref recipient, out ulong field, out var value))
            if (field == RecipientAddress) address = value;
            else if (field == RecipientDomain) domain = value;
        // the domain is stored only where it is not just the address's
        if (domain.IsEmpty) domain = address[(address.LastIndexOf((byte)'@') + 1)..];
    }

    private static bool IsSame(ReadOnlySpan<byte> utf8, string text) => Ascii.IsValid(utf8)
        ? Ascii.EqualsIgnoreCase(utf8, text)
        : string.Equals(Encoding.UTF8.GetString(utf8), text, StringComparison.OrdinalIgnoreCase);

    /// <summary>The next field; <paramref name="value"/> is empty where it is a number.</summary>
    private static bool TryRead(scoped ref ReadOnlySpan<byte> message, out ulong field, out ReadOnlySpan<byte> value)
    {
        field = 0;
        value = [];
        if (message.IsEmpty) return false;
        field = VarInt.Read(ref message);
        ulong number = VarInt.Read(ref message); // mail.proto has numbers of variable length, and what has a length
        if ((field & 7) != 2) return true;
        value = message[..(int)number];
        message = message[(int)number..];
        return true;
    }

    /// <summary>See <see cref="Domains"/>.</summary>
    public ref struct DomainReader(ReadOnlySpan<byte> envelope)
    {
        private ReadOnlySpan<byte> _rest = envelope;

        /// <summary>UTF-8.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        public bool MoveNext()
        {
            while (TryRead(ref _rest, out ulong field, out var value))
            {
                if (field != Recipient) continue;
                Read(value, out _, out var domain);
                Current = domain;
                return true;
            }
            return false;
        }
    }
}
