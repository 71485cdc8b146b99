namespace Mta.Protocol.Pop3;

/// <summary>Why something cannot be done: what follows <c>-ERR</c>, with its response code (RFC 2449 §6, RFC 3206) where there is one.</summary>
public sealed record Pop3Refusal(string Text)
{
    /// <summary>The client's user has to look at the name or the password; which of them is wrong nobody is told.</summary>
    public static Pop3Refusal Credentials { get; } = new("[AUTH] authentication failed");

    /// <summary>Nothing was judged, so that no program asks its user for another password.</summary>
    public static Pop3Refusal Locked { get; } = new("[SYS/TEMP] too many failed attempts, try again later");
    public static Pop3Refusal CannotJudge { get; } = new("[SYS/TEMP] cannot check sign-ins now, try again later");

    // RFC 2449 §8.1.1
    public static Pop3Refusal InUse { get; } = new("[IN-USE] another session has the mailbox open");
    public static Pop3Refusal MaildropFailed { get; } = new("[SYS/TEMP] cannot open the mailbox now, try again later");
    public static Pop3Refusal ShuttingDown { get; } = new("[SYS/TEMP] shutting down, try again later");

    /// <summary>The attempt counts against the session.</summary>
    internal bool IsOfTheAttempt => this == Credentials || this == Locked || this == CannotJudge;
}
