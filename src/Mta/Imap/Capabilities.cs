using Mta.Protocol.Sasl;

namespace Mta.Imap;

/// <summary>What is told of the server (RFC 9051 §7.2.2): nothing but what it does in full.</summary>
internal static class Capabilities
{
    // RFC 7888 §5: never LITERAL- beside LITERAL+, which is all that LITERAL- is and more; what RFC 9051 §4.3 wants of IMAP4rev2 is in it
    private const string Always = "IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE";

    private const string SignedIn = "IDLE NAMESPACE CHILDREN SPECIAL-USE CREATE-SPECIAL-USE LIST-EXTENDED LIST-STATUS UIDPLUS MOVE UNSELECT ESEARCH SEARCHRES WITHIN "
        + "ACL RIGHTS=kxte LIST-MYRIGHTS METADATA LIST-METADATA NOTIFY SORT SORT=DISPLAY ESORT THREAD=REFERENCES THREAD=ORDEREDSUBJECT CONDSTORE QRESYNC BINARY MULTIAPPEND STATUS=SIZE OBJECTID SAVEDATE PREVIEW PARTIAL UTF8=ACCEPT QUOTA QUOTA=RES-STORAGE "
        + "COMPRESS=DEFLATE UNAUTHENTICATE CATENATE REPLACE";

    /// <param name="canStartTls">It has not, and may.</param>
    /// <param name="mechanisms">What is offered to a stranger; nothing where TLS must come first.</param>
    public static string Of(ImapSession session, bool canStartTls, SaslMechanisms mechanisms, long appendLimit)
    {
        if (session.Account is not null) return $"{Always} {SignedIn} APPENDLIMIT={appendLimit}";
        string text = Always;
        if (canStartTls) text += " STARTTLS";
        if (mechanisms == SaslMechanisms.None) return text + " LOGINDISABLED";
        // LOGIN the mechanism is for those who know no better, and here they have the command
        foreach (string name in SaslNames.List(mechanisms & ~SaslMechanisms.Login).Split(' ', StringSplitOptions.RemoveEmptyEntries)) text += " AUTH=" + name;
        return (mechanisms & SaslMechanisms.Plain) != 0 ? text : text + " LOGINDISABLED";
    }
}
