using System.Buffers;
using Mta.Accounts;
using Mta.Imap.Fetching;
using Mta.Imap.Searching;
using Mta.Mailbox;
using Mta.Net;
using Mta.Protocol.Imap.Writing;

namespace Mta.Imap;

/// <summary>
/// What a command has while it is executed, on a thread that may wait: the session and the output are its own until it ends.
/// </summary>
/// <param name="flush">Sends the output; completes when the client has taken it. Cancelled when the connection ends.</param>
internal sealed class ImapExecution(ImapServerContext context, ImapSession session, OutputBuffer output, Func<Task> flush)
{
    /// <summary>Octets that may wait to be sent.</summary>
    private const int MostOutput = 64 * 1024;

    public ImapSession Session => session;
    public Account Account => session.Account!;
    public SelectedMailbox Selected => session.Selected!;
    public MailboxClient Mailboxes => context.Mailboxes;
    public OutputBuffer Output => output;
    public SummaryCache Summaries => context.Summaries;
    public HeaderTexts HeaderTexts => context.HeaderTexts;
    public ImapResponseWriter Writer => new(output, session.Utf8);
    public TimeProvider Clock => context.Clock;

    /// <summary>Octets of the largest message that is taken.</summary>
    public long AppendLimit => context.Settings.AppendLimit;

    /// <inheritdoc cref="ImapSettings"/>
    public int SearchIndexFrom => context.Settings.SearchIndexFrom;

    /// <summary>A response has been begun, and is not ended: nothing else can be said before it is.</summary>
    public bool IsWithinLine { get; set; }

    public MailboxReader Read() => context.Mailboxes.Store.Read(Account.Id);

    /// <summary>A literal that is at hand, see <see cref="WithoutNul"/>.</summary>
    public void WriteLiteral(ReadOnlySpan<byte> octets)
    {
        Writer.LiteralHeader(octets.Length);
        var literal = output.GetSpan(octets.Length)[..octets.Length];
        octets.CopyTo(literal);
        WithoutNul(literal);
        output.Advance(octets.Length);
    }

    /// <summary>No literal but that of BINARY may hold a NUL (RFC 9051 §9, CHAR8): 0x80 stands in its place, so that sizes and offsets are right.</summary>
    public static void WithoutNul(Span<byte> octets) => octets.Replace((byte)0, (byte)0x80);

    /// <summary>Learns, and tells the client, which keywords the mailbox has by now: some were added that it does not know.</summary>
    public void LearnKeywords()
    {
        using var reader = Read();
        if (Selected.Learn(reader.Keywords(Selected.Id))) Selected.AnnounceKeywords(Writer);
    }

    /// <summary>It is time to <see cref="FlushAsync"/>.</summary>
    public bool HasMuch => output.Count >= MostOutput;

    /// <summary>Lets the client catch up where much waits. It may take its time: nobody else is to wait for what it reads.</summary>
    /// <param name="reader">That is open meanwhile.</param>
    public async ValueTask FlushAsync(MailboxReader? reader = null)
    {
        if (!HasMuch) return;
        reader?.Pause();
        await flush().ConfigureAwait(false);
        reader?.Resume();
    }
}
