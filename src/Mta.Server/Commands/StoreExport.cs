using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.WebUtilities;
using Mta.Server.MailFiles;
using Mta.Server.Web;

namespace Mta.Server.Commands;

/// <summary>What became of an export.</summary>
/// <param name="Present">Messages whose files were there already.</param>
internal sealed record StoreExported(long Exported, long Present, long Failed, long Octets, IReadOnlyList<string> Mailboxes, IReadOnlyList<string> Warnings, IReadOnlyList<string> Errors);

/// <summary>Writes the mail of an account into files.</summary>
internal sealed class StoreExport(NodeClient client, string account, ProgressLine progress, CancellationToken cancel)
{
    private const int InMemory = 1 << 20;

    private readonly List<string> _mailboxes = [], _warnings = [], _errors = [];
    private long _exported, _present, _failed, _octets;

    private string Accounts => $"accounts/{Uri.EscapeDataString(account)}";

    /// <param name="only">This mailbox and those below it; null: all.</param>
    public async Task<StoreExported> RunAsync(IMailTarget target, MailFormat format, string? only)
    {
        var mailboxes = await client.Send<MailboxView[]>(HttpMethod.Get, $"{Accounts}/mailboxes", cancel);
        if (only is not null) mailboxes = [.. mailboxes.Where(m => m.Name == only || m.Name.StartsWith(only + "/", StringComparison.Ordinal))];
        if (mailboxes.Length == 0) throw new NodeException($"{account} has no mailbox {only}");
        foreach (var mailbox in mailboxes)
        {
            if (format != MailFormat.Mbox && mailbox.Keywords.Count > MaildirFlags.MaxKeywords)
                _warnings.Add($"{mailbox.Name}: a Maildir has letters for {MaildirFlags.MaxKeywords} keywords; left out: {string.Join(' ', mailbox.Keywords.Skip(MaildirFlags.MaxKeywords))}");
            try
            {
                target.Begin(mailbox);
                await ReadAllAsync(mailbox.Name, target);
                target.End();
                _mailboxes.Add(mailbox.Name);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Fail($"{mailbox.Name}: {e.Message}");
            }
        }
        target.Finish(mailboxes.Where(m => m.IsSubscribed).Select(m => m.Name));
        return new(_exported, _present, _failed, _octets, _mailboxes, _warnings, _errors);
    }

    private async Task ReadAllAsync(string mailbox, IMailTarget target)
    {
        for (uint? after = 0; after is { } uid;) after = await ReadSomeAsync(mailbox, uid, target);
    }

    /// <summary>The last UID that came, null at the end.</summary>
    private async Task<uint?> ReadSomeAsync(string mailbox, uint after, IMailTarget target)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"{Accounts}/messages?mailbox={Uri.EscapeDataString(mailbox)}&after={after}");
        using var response = await client.Open(path, cancel);
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        var frames = new MessageFrames(PipeReader.Create(stream), NodeOptions.Format);
        uint? last = null;
        try
        {
            while (await frames.NextAsync(cancel) is { } frame)
            {
                last = frame.Uid;
                if (frame.Error is not null)
                {
                    Unreadable(mailbox, last);
                    continue;
                }
                await using var octets = new FileBufferingWriteStream(InMemory);
                var ends = new LineEndWatch();
                await frames.CopyAsync(frame.Size, 1, pieces =>
                {
                    foreach (var piece in pieces)
                    {
                        octets.Write(piece.Span);
                        ends.Add(piece.Span);
                    }
                }, cancel);
                if (await target.AddAsync(frame, octets, ends.IsPlain, cancel)) (_exported, _octets) = (_exported + 1, _octets + frame.Size);
                else _present++;
                progress.Show(() => string.Create(CultureInfo.InvariantCulture, $"{mailbox}: {_exported} exported, {_present} were there, {_failed} failed; {_octets >> 20} MiB"));
            }
            return last;
        }
        catch (Exception e) when (last is not null && e is HttpIOException or InvalidDataException)
        {
            // the node could not read it to its end: the others follow
            Unreadable(mailbox, last);
            return last;
        }
    }

    private void Unreadable(string mailbox, uint? uid) =>
        Fail(string.Create(CultureInfo.InvariantCulture, $"{mailbox} UID {uid}: it cannot be read: mta store verify --account {account} says more"));

    private void Fail(string what)
    {
        _failed++;
        _errors.Add(what);
    }
}
