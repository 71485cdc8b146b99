using System.Buffers;
using Akka.Actor;
using Mta.Accounts;
using Mta.Imap.Fetching;
using Mta.Imap.Searching;
using Mta.Imap.Sharing;
using Mta.Mailbox;
using Mta.Net;
using Mta.Protocol.Imap.Writing;

namespace Mta.Imap;

/// <summary>
/// What a command has while it is executed, on a thread that may wait: the session and the output are its own until it ends.
/// </summary>
/// <param name="flush">Sends the output; completes when the client has taken it. Cancelled when the connection ends.</param>
/// <param name="connection">The actor that is told what happens.</param>
internal sealed class ImapExecution(ImapServerContext context, ImapSession session, OutputBuffer output, Func<Task> flush, IActorRef connection)
{
    /// <summary>Octets that may wait to be sent.</summary>
    private const int MostOutput = 64 * 1024;

    public ImapSession Session => session;
    public Account Account => session.Account!;
    public SelectedMailbox Selected => session.Selected!;

    /// <summary>The name of the selected mailbox as the session has it; null where none is.</summary>
    public string? SelectedName => session.Selected is { } selected ? NamedMailbox.Seen(selected.Owner.Id == Account.Id ? null : selected.Owner.Address, selected.Name) : null;

    public MailboxClient Mailboxes { get; } = context.Mailboxes.By(connection);
    public IDirectory Directory => context.Directory;
    public OutputBuffer Output => output;
    public SummaryCache Summaries => context.Summaries;
    public HeaderTexts HeaderTexts => context.HeaderTexts;
    public ImapResponseWriter Writer => new(output, session.Utf8);
    public TimeProvider Clock => context.Clock;

    /// <summary>Octets of the largest message that is taken.</summary>
    public long AppendLimit => context.Settings.AppendLimit;

    /// <inheritdoc cref="ImapSettings"/>
    public int SearchIndexFrom => context.Settings.SearchIndexFrom;
    public MetadataSettings Metadata => context.Settings.Metadata;

    /// <summary>A response has been begun, and is not ended: nothing else can be said before it is.</summary>
    public bool IsWithinLine { get; set; }

    /// <summary>The mailboxes of the session's own account; messages can be read of any.</summary>
    public MailboxReader Read() => Read(Account);

    public MailboxReader Read(Account owner) => Read(owner.Id);

    public MailboxReader Read(long owner) => Mailboxes.Store.Read(owner);

    /// <summary>Has the session told what happens in another's account, until it ends: true where it was not before.</summary>
    public async ValueTask<bool> WatchAsync(long owner, string address)
    {
        if (owner == Account.Id || !session.Watched.TryAdd(owner, address)) return false;
        await Mailboxes.WatchAsync(owner, connection).ConfigureAwait(false);
        return true;
    }

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
