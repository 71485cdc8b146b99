using System.Globalization;
using Mta.Protocol.Sasl;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;

namespace Mta.Testing;

/// <summary>The server that the transcripts in Smtp/ talk to: the same whether there is a socket or not.</summary>
public static class SmtpScript
{
    public const string Hostname = "mx.test";

    /// <summary>All that the scripts' options (<c>! name value</c>) may change.</summary>
    public static SmtpServerOptions Options(Transcript script)
    {
        var options = new SmtpServerOptions
        {
            Hostname = Hostname,
            Extensions = Enum.GetValues<SmtpExtensions>().Aggregate((all, one) => all | one),
            MaxMessageSize = 100_000,
            MaxHeaderSize = 10_000,
            MaxTextLine = 2000,
            MaxCommandLine = 1024,
            MaxHops = 5,
            MaxRecipients = 5,
            MaxTransactions = 10,
            MaxErrors = 50,
            MaxJunkCommands = 50,
            BareNewlines = BareNewlines.Refuse,
            AllowNul = false,
            MinDeliverBy = TimeSpan.FromSeconds(60),
            MaxHold = TimeSpan.FromDays(7),
        };
        foreach (var (name, value) in script.Options)
            options = name switch
            {
                "normalize" => options with { BareNewlines = BareNewlines.Normalize },
                "max-size" => options with { MaxMessageSize = Number(value) },
                "max-line" => options with { MaxTextLine = Number(value) },
                "max-header" => options with { MaxHeaderSize = Number(value) },
                "max-errors" => options with { MaxErrors = Number(value) },
                "max-junk" => options with { MaxJunkCommands = Number(value) },
                "max-transactions" => options with { MaxTransactions = Number(value) },
                "without" => options with { Extensions = options.Extensions & ~Enum.Parse<SmtpExtensions>(value) },
                "allow-nul" => options with { AllowNul = true },
                "auth" => options with { Auth = new(SaslMechanisms.All, IsRequired: script.Options.ContainsKey("auth-required"), WithoutTls: script.Options.ContainsKey("auth-in-the-clear"), MaxFailures: 3) },
                "auth-required" or "auth-in-the-clear" => options,
                "tls" or "untrusted" or "spool" or "whole" or "plain" => options,
                _ => throw new FormatException($"{script.Name}: unknown option {name}"),
            };
        return options;
    }

    /// <summary>Some domains are refused.</summary>
    public static SmtpReply? Refuse(string domain) => domain switch
    {
        "refused.example" => SmtpReply.Parse("550 5.7.1 relaying denied"),
        "later.example" => SmtpReply.Parse("451 4.7.1 later"),
        _ => null,
    };

    /// <summary>There is one who can sign in, with this password or token; one of whom nothing can be said now; and nobody else.</summary>
    public const string User = "tim", Password = "tanstaaf", Token = "good", BusyUser = "busy";

    /// <summary>Some are about what comes in one piece (<c>! whole</c>).</summary>
    public static bool IsCuttable(Transcript script) => !script.Options.ContainsKey("whole");

    /// <summary>Some say what there is without TLS only (<c>! plain</c>).</summary>
    public static bool IsPlain(Transcript script) => script.Options.ContainsKey("plain");

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
