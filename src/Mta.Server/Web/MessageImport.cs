using System.Buffers;
using Mta.Accounts;
using Mta.Mailbox;

namespace Mta.Server.Web;

/// <summary>Reads the messages of a request, and puts them into the account's mailboxes in their order.</summary>
internal sealed class MessageImport(MailboxClient mailboxes, Account account, MessageFrames frames)
{
    private const int MaxKeyword = 64;

    public async Task<IReadOnlyList<ImportedMessage>> RunAsync(CancellationToken cancel)
    {
        var bodies = new List<StagedBody>();
        try
        {
            var messages = new List<(MessageFrame Frame, NewMessage Message)>();
            while (await frames.NextAsync(cancel) is { } frame)
            {
                if (frame.Size is 0 or > MessageFrame.MaxSize) throw new InvalidDataException($"a message has between 1 and {MessageFrame.MaxSize} octets");
                if (messages.Count == MessageFrame.MaxMessages) throw new InvalidDataException($"there are more than {MessageFrame.MaxMessages} messages");
                var body = mailboxes.Store.Stage();
                bodies.Add(body);
                byte[] trace = await StageAsync(frame.Size, body, cancel);
                messages.Add((frame, new(body, trace, frame.Flags, frame.Keywords, frame.ReceivedAt)));
            }
            // asked for in their order, they are made in it, and durable together
            return await Task.WhenAll(messages.Select(m => ImportAsync(m.Frame, m.Message)));
        }
        catch (InvalidDataException e)
        {
            throw new DirectoryException(DirectoryError.Invalid, e.Message);
        }
        finally
        {
            foreach (var body in bodies) body.Dispose();
        }
    }

    /// <summary>RFC 9051 §9, flag-keyword: an atom.</summary>
    internal static bool IsKeyword(string text) => text is { Length: > 0 and <= MaxKeyword } && text.All(c => c is > ' ' and < '\x7F' && !"(){%*\"\\]".Contains(c, StringComparison.Ordinal));

    private async Task<ImportedMessage> ImportAsync(MessageFrame frame, NewMessage message)
    {
        if (frame.Keywords.FirstOrDefault(k => !IsKeyword(k)) is { } keyword) return new(null, false, $"\"{keyword}\" is no keyword");
        try
        {
            var appended = await mailboxes.ImportAsync(account, MailboxName.Normalize(frame.Mailbox), message, frame.Copy);
            return new(appended?.Uid, appended is null, null);
        }
        catch (Exception e) when (e is MailboxException or IOException)
        {
            return new(null, false, e.Message);
        }
    }

    /// <summary>Stages the octets but for those that our own delivery had put before the message, which it returns.</summary>
    private async Task<byte[]> StageAsync(long size, StagedBody body, CancellationToken cancel)
    {
        byte[]? trace = null;
        await frames.CopyAsync(size, DeliveryTrace.MaxLength, octets =>
        {
            if (trace is null)
            {
                byte[] start = octets.Slice(0, Math.Min(octets.Length, DeliveryTrace.MaxLength)).ToArray();
                trace = start[..DeliveryTrace.LengthIn(start)];
                octets = octets.Slice(trace.Length);
            }
            foreach (var piece in octets) body.Write(piece.Span);
        }, cancel);
        body.Finish();
        return trace!;
    }
}
