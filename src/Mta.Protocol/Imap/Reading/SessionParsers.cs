using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Sasl;

namespace Mta.Protocol.Imap.Reading;

internal static class SessionParsers
{
    // RFC 2971 §3.3
    private const int MostFields = 30, LongestField = 30, LongestValue = 1024;

    public static ImapCommand Capability(ref ImapParser parser, ImapCommandHead head) => new CapabilityCommand(head.Tag);

    public static ImapCommand Noop(ref ImapParser parser, ImapCommandHead head) => new NoopCommand(head.Tag);

    public static ImapCommand Logout(ref ImapParser parser, ImapCommandHead head) => new LogoutCommand(head.Tag);

    public static ImapCommand StartTls(ref ImapParser parser, ImapCommandHead head) => new StartTlsCommand(head.Tag);

    public static ImapCommand Unauthenticate(ref ImapParser parser, ImapCommandHead head) => new UnauthenticateCommand(head.Tag);

    public static ImapCommand Idle(ref ImapParser parser, ImapCommandHead head) => new IdleCommand(head.Tag);

    public static ImapCommand Compress(ref ImapParser parser, ImapCommandHead head)
    {
        parser.Space();
        // RFC 4978 §4: there is no other
        if (!parser.TryWord("DEFLATE"u8)) parser.Fail("no such compression");
        return new CompressCommand(head.Tag);
    }

    public static ImapCommand Login(ref ImapParser parser, ImapCommandHead head)
    {
        parser.Space();
        string name = parser.AString();
        parser.Space();
        return new LoginCommand(head.Tag, name, parser.AString());
    }

    public static ImapCommand Authenticate(ref ImapParser parser, ImapCommandHead head)
    {
        parser.Space();
        string mechanism = parser.Word();
        return new AuthenticateCommand(head.Tag, mechanism, parser.TryTake(' ') ? InitialResponse(ref parser) : (ReadOnlyMemory<byte>?)null);
    }

    public static ImapCommand Enable(ref ImapParser parser, ImapCommandHead head)
    {
        var capabilities = new List<string>();
        parser.Space();
        do capabilities.Add(parser.Word());
        while (parser.TryTake(' '));
        return new EnableCommand(head.Tag, capabilities);
    }

    public static ImapCommand Id(ref ImapParser parser, ImapCommandHead head)
    {
        var fields = new List<KeyValuePair<string, string?>>();
        parser.Space();
        if (parser.TryWord("NIL"u8)) return new IdCommand(head.Tag, fields);
        parser.Take('(');
        if (parser.TryTake(')')) return new IdCommand(head.Tag, fields);
        do
        {
            string field = parser.String();
            parser.Space();
            string? value = parser.NString();
            if (field.Length > LongestField || value?.Length > LongestValue || fields.Count == MostFields) parser.Fail("this says too much");
            fields.Add(new(field, value));
        }
        while (parser.TryTake(' '));
        parser.Take(')');
        return new IdCommand(head.Tag, fields);
    }

    private static ReadOnlyMemory<byte> InitialResponse(ref ImapParser parser)
    {
        var text = parser.Remaining();
        // RFC 4959 §3: "=" is a response of no octets, and nothing is none
        if (text.SequenceEqual("="u8)) return ReadOnlyMemory<byte>.Empty;
        byte[] octets = new byte[text.Length];
        if (!text.IsEmpty && SaslBase64.TryDecode(text, octets, out int length)) return octets.AsMemory(0, length);
        parser.Fail("the response is not base64");
        return default;
    }
}
