using System.Text;

namespace Mta.Protocol.Pop3;

internal enum Pop3Verb : byte { User, Pass, Auth, Stls, Utf8, Capa, Lang, Quit, Stat, List, Retr, Dele, Noop, Rset, Top, Uidl }

/// <summary>Where a session stands between two commands (RFC 1939 §3). UPDATE is no state of its own: nothing can be said in it.</summary>
[Flags]
internal enum Pop3State : byte
{
    Authorization = 1,
    Transaction = 2,
    Any = Authorization | Transaction,
}

internal enum Argument : byte { None, Optional, Required }

/// <summary>One line of the table: the verb, whether anything follows it, and the states in which it is legal.</summary>
internal sealed record Pop3CommandRule(string Name, Pop3Verb Verb, Argument Argument, Pop3State Legal);

/// <summary>What is legal when (RFC 1939 §5 to §7, RFC 2449 §5, RFC 2595 §4, RFC 5034 §4, RFC 6856 §2 and §3). APOP is not among it: it needs the password itself.</summary>
internal static class Pop3CommandTable
{
    private static readonly Pop3CommandRule[] Rules =
    [
        new("RETR", Pop3Verb.Retr, Argument.Required, Pop3State.Transaction),
        new("DELE", Pop3Verb.Dele, Argument.Required, Pop3State.Transaction),
        new("TOP", Pop3Verb.Top, Argument.Required, Pop3State.Transaction),
        new("UIDL", Pop3Verb.Uidl, Argument.Optional, Pop3State.Transaction),
        new("LIST", Pop3Verb.List, Argument.Optional, Pop3State.Transaction),
        new("STAT", Pop3Verb.Stat, Argument.None, Pop3State.Transaction),
        new("NOOP", Pop3Verb.Noop, Argument.None, Pop3State.Transaction),
        new("RSET", Pop3Verb.Rset, Argument.None, Pop3State.Transaction),
        new("QUIT", Pop3Verb.Quit, Argument.None, Pop3State.Any),
        new("CAPA", Pop3Verb.Capa, Argument.None, Pop3State.Any),
        new("LANG", Pop3Verb.Lang, Argument.Optional, Pop3State.Any),
        new("USER", Pop3Verb.User, Argument.Required, Pop3State.Authorization),
        new("PASS", Pop3Verb.Pass, Argument.Required, Pop3State.Authorization),
        new("AUTH", Pop3Verb.Auth, Argument.Required, Pop3State.Authorization),
        new("STLS", Pop3Verb.Stls, Argument.None, Pop3State.Authorization),
        new("UTF8", Pop3Verb.Utf8, Argument.None, Pop3State.Authorization),
    ];

    /// <summary>The rule of a verb, or null; case does not matter (RFC 1939 §3).</summary>
    public static Pop3CommandRule? Find(ReadOnlySpan<byte> verb)
    {
        foreach (var rule in Rules)
            if (Ascii.EqualsIgnoreCase(verb, rule.Name)) return rule;
        return null;
    }
}
