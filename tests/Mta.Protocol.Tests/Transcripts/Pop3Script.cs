using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Mta.Protocol.Pop3;
using Mta.Protocol.Sasl;

namespace Mta.Testing;

/// <summary>The server that the transcripts in Pop3/ talk to, and its one maildrop: the same whether there is a socket or not.</summary>
public static class Pop3Script
{
    public const string Hostname = "pop.test";

    /// <summary>There is one who can sign in, with this password or token; those of whom this can be said; and nobody else.</summary>
    public const string User = "tim", Password = "tanst aaf", Token = "good", BusyUser = "busy", LockedUser = "locked", InUseUser = "twice", BrokenUser = "broken";

    public const uint UidValidity = 7;

    /// <summary>By UID. <see cref="Missing"/> was removed by somebody else after the sign-in, <see cref="Unreadable"/> cannot be read.</summary>
    private static readonly (uint Uid, string Text)[] Stored =
    [
        (3, "Subject: one\r\n\r\nfirst line\r\nsecond line\r\nthird line\r\n"),
        (4, ".Subject: dots\r\n..x: y\r\n\r\n.\r\n..\r\n.text\r\ntext.\r\n"),
        (9, "Subject: no end\r\n\r\nlast line"),
        (10, "Subject: bare\n\n.\na\rb\n\r.\n"),
        (11, "xy"),
        (12, "x"),
        (13, "Subject: header alone\r\n"),
    ];

    private static readonly Dictionary<uint, byte[]> Texts = Stored.ToDictionary(m => m.Uid, m => Encoding.Latin1.GetBytes(m.Text));

    public const uint Missing = 11, Unreadable = 12;

    public static ImmutableArray<Pop3Message> Messages(Transcript script) => script.Options.TryGetValue("messages", out string? count)
        ? [.. Enumerable.Range(1, Number(count)).Select(i => new Pop3Message((uint)i, i))]
        : [.. Stored.Select(m => new Pop3Message(m.Uid, m.Text.Length))];

    public static byte[] Text(uint uid) => Texts[uid];

    /// <summary>All that the scripts' options (<c>! name value</c>) may change.</summary>
    public static Pop3ServerOptions Options(Transcript script)
    {
        var options = new Pop3ServerOptions
        {
            Hostname = Hostname,
            Mechanisms = SaslMechanisms.All & ~SaslMechanisms.Login,
            WithoutTls = script.Options.ContainsKey("in-the-clear"),
            MaxFailures = 3,
            MaxErrors = 50,
            MaxStrangerCommands = 100,
        };
        foreach (var (name, value) in script.Options)
            options = name switch
            {
                "max-errors" => options with { MaxErrors = Number(value) },
                "max-commands" => options with { MaxStrangerCommands = Number(value) },
                "without" => options with { Mechanisms = options.Mechanisms & ~Enum.Parse<SaslMechanisms>(value) },
                "in-the-clear" or "messages" or "tls" or "whole" or "plain" => options,
                _ => throw new FormatException($"{script.Name}: unknown option {name}"),
            };
        return options;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
