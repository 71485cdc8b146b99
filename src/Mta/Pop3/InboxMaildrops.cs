using System.Collections.Immutable;
using Akka.Actor;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Protocol.Pop3;

namespace Mta.Pop3;

/// <summary>The maildrop of an account is its INBOX. The store waits for the disk, so all of it is read on other threads.</summary>
public sealed class InboxMaildrops(MailboxClient mailboxes) : IMaildrops
{
    public void Lock(Account account, IActorRef session) => mailboxes.LockMaildrop(account, session);

    public void Unlock(Account account, IActorRef session) => mailboxes.UnlockMaildrop(account, session);

    public async ValueTask<IMaildrop> OpenAsync(Account account, int most, CancellationToken cancel)
    {
        if (await Task.Run(Read, cancel).ConfigureAwait(false) is { } inbox) return inbox;
        await mailboxes.EnsureAsync(account).ConfigureAwait(false);
        return await Task.Run(Read, cancel).ConfigureAwait(false) ?? throw new IOException($"{account.Address} has no {MailboxName.Inbox}");

        Inbox? Read()
        {
            using var reader = mailboxes.Store.Read(account.Id);
            if (reader.Open(MailboxName.Inbox) is not { } opened) return null;
            var uids = opened.Uids;
            var messages = ImmutableArray.CreateBuilder<Pop3Message>(Math.Min(uids.Count, most));
            if (uids.Count > 0)
            {
                uint first = uids.UidAt(Math.Max(1, uids.Count - most + 1));
                messages.AddRange(reader.Messages(opened.Info.Id, new(first, uids.Last)).Select(m => new Pop3Message(m.Uid, m.Size)));
            }
            return new(mailboxes, account, opened.Info, messages.DrainToImmutable());
        }
    }

    private sealed class Inbox(MailboxClient mailboxes, Account account, MailboxInfo info, ImmutableArray<Pop3Message> messages) : IMaildrop
    {
        // octets of messages that are read before they are asked for
        private const long MostAhead = 256 * 1024;

        private Dictionary<uint, Text> _ahead = [];
        private int _next;

        public uint UidValidity => info.UidValidity;

        public ImmutableArray<Pop3Message> Messages => messages;

        /// <summary>One who reads a message after the other finds the next ones at hand.</summary>
        public ValueTask<IMessageText?> FindAsync(Pop3Message message, CancellationToken cancel)
        {
            int index = messages.IndexOf(message, _next < messages.Length && messages[_next] == message ? _next : 0);
            bool isNext = index == _next;
            _next = index + 1;
            if (_ahead.Remove(message.Uid, out var text)) return new(text);
            return new(Task.Run<IMessageText?>(() => Find(index, isNext ? LastOf(index) : index), cancel));
        }

        public async ValueTask RemoveAsync(IReadOnlyCollection<Pop3Message> messages, CancellationToken cancel) =>
            await mailboxes.RemoveAsync(account, info.Id, UidRun.Of(messages.Select(m => m.Uid))).WaitAsync(cancel).ConfigureAwait(false);

        private Text? Find(int first, int last)
        {
            using var reader = mailboxes.Store.Read(account.Id);
            var found = reader.Contents(info.Id, new(messages[first].Uid, messages[last].Uid), withText: true).ToDictionary(m => m.Message.Uid, m => new Text(mailboxes.Store, account, m.Content));
            found.Remove(messages[first].Uid, out var text);
            _ahead = found;
            return text;
        }

        private int LastOf(int first)
        {
            int last = first;
            for (long octets = messages[first].Size; last + 1 < messages.Length && (octets += messages[last + 1].Size) <= MostAhead;) last++;
            return last;
        }
    }

    private sealed class Text(MailStore store, Account account, MessageContent content) : IMessageText
    {
        public long Size => content.Size;

        public ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel) => content.IsAtHand(offset)
            ? new(content.ReadAtHand(offset, into.Span))
            : new(Task.Run(() =>
            {
                using var reader = store.Read(account.Id);
                return reader.Read(content, offset, into.Span);
            }, cancel));
    }
}
