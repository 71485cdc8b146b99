using System.Diagnostics;
using Mta.Protocol.Mime;

namespace Mta.Mailbox.Search;

/// <summary>Reads the messages of a mailbox that are not in the full-text index yet, and adds them. For one thread.</summary>
internal sealed class TextIndexer(Func<long, MailboxReader> read)
{
    private const int BatchSize = 100;

    // messages that are gone stay in it: when they are many, it is made anew
    private const int MostGone = 10_000;

    private readonly SearchableText _text = new();
    private readonly byte[] _piece = new byte[64 * 1024];

    /// <summary>False where the index is full of messages that are gone.</summary>
    public bool Run(TextIndexFile file, long account, long mailbox, CancellationToken stop)
    {
        using (var reader = read(account))
            if (file.Count > 2 * reader.Usage().Messages + MostGone) return false;
        uint last = file.LastUid(mailbox);
        while (true)
        {
            long begin = Stopwatch.GetTimestamp();
            if (Batch(file, account, mailbox, ref last)) return true;
            // as long a rest as the work was: there is more important work
            if (stop.WaitHandle.WaitOne(Stopwatch.GetElapsedTime(begin))) return true;
        }
    }

    /// <summary>True where there are no more.</summary>
    private bool Batch(TextIndexFile file, long account, long mailbox, ref uint last)
    {
        using var reader = read(account);
        var messages = reader.Messages(mailbox, new(last + 1, uint.MaxValue)).Take(BatchSize).ToList();
        if (messages.Count == 0) return true;
        var texts = new List<(long, string?)>();
        foreach (var message in messages)
        {
            // a copy of one that is there
            if (!file.Has(message.EmailId) && reader.Content(message.EmailId) is { } content) texts.Add((message.EmailId, TryRead(reader, content)));
        }
        last = messages[^1].Uid;
        file.Add(mailbox, last, texts);
        return false;
    }

    /// <summary>Null also for one that cannot be read: who searches is to find that out.</summary>
    private string? TryRead(MailboxReader reader, MessageContent content)
    {
        try
        {
            return TextOf(reader, content);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private string? TextOf(MailboxReader reader, MessageContent content)
    {
        _text.Begin(content.Index);
        _text.AddHeader(content.Trace, reader.Header(content));
        for (var wanted = _text.Wanted; wanted.Length > 0; wanted = _text.Wanted)
        {
            int count = reader.Read(content, content.Trace.Length + wanted.Offset, _piece.AsSpan(0, (int)Math.Min(_piece.Length, wanted.Length)));
            // it has gone meanwhile
            if (count == 0) return null;
            _text.Add(_piece.AsSpan(0, count));
        }
        return _text.End();
    }
}
