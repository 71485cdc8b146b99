namespace Mta.Protocol.Imap;

/// <summary>How far a session is (RFC 9051 §3); several, where a command is legal in each.</summary>
[Flags]
public enum ImapStates : byte
{
    None = 0,
    NotAuthenticated = 1,
    Authenticated = 2,
    Selected = 4,
    SignedIn = Authenticated | Selected,
    Any = NotAuthenticated | Authenticated | Selected,
}
