using System.Collections.Immutable;
using Akka.Actor;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Pop3;
using Mta.Protocol.Pop3;
using Mta.Testing;

namespace Mta.Tests.Pop3;

/// <summary>Maildrops in memory, which can be told to fail.</summary>
internal sealed class TestMaildrops : IMaildrops
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, IActorRef> _held = [];
    private int _reads, _questions;

    /// <summary>What everyone has.</summary>
    public required ImmutableArray<Pop3Message> Messages { get; set; }

    /// <summary>The text of a message; null for one that is gone.</summary>
    public required Func<Pop3Message, byte[]?> Text { get; set; }

    /// <summary>What a step throws, by its name: Open, Find, Read or Remove.</summary>
    public Func<string, Exception?> Fails { get; set; } = _ => null;

    /// <summary>What each step waits for, if anything.</summary>
    public Task? Delay { get; set; }

    /// <summary>Nobody is ever told whether he has the lock.</summary>
    public bool NeverLocks { get; set; }

    public List<uint> Removed { get; } = [];

    /// <summary>How many pieces of messages were read.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>How often anything was asked for.</summary>
    public int Questions => Volatile.Read(ref _questions);

    public void Lock(Account account, IActorRef session)
    {
        Interlocked.Increment(ref _questions);
        if (NeverLocks) return;
        lock (_lock) session.Tell(new MailboxProtocol.Locked(account.Address != Pop3Script.InUseUser && _held.TryAdd(account.Id, session)));
    }

    public void Unlock(Account account, IActorRef session)
    {
        lock (_lock)
            if (_held.GetValueOrDefault(account.Id)?.Equals(session) == true) _held.Remove(account.Id);
    }

    public async ValueTask<IMaildrop> OpenAsync(Account account, int most, CancellationToken cancel)
    {
        await Step("Open");
        if (account.Address == Pop3Script.BrokenUser) throw new IOException("the database is away");
        return new Drop(this, Messages.Length > most ? Messages[^most..] : Messages);
    }

    private async ValueTask Step(string name)
    {
        Interlocked.Increment(ref _questions);
        if (Fails(name) is { } e) throw e;
        if (Delay is { } delay) await delay;
        else await Task.Yield();
    }

    private sealed class Drop(TestMaildrops all, ImmutableArray<Pop3Message> messages) : IMaildrop
    {
        public uint UidValidity => Pop3Script.UidValidity;

        public ImmutableArray<Pop3Message> Messages => messages;

        public async ValueTask<IMessageText?> FindAsync(Pop3Message message, CancellationToken cancel)
        {
            await all.Step("Find");
            if (message.Uid == Pop3Script.Unreadable) throw new IOException("the database is away");
            return all.Text(message) is { } text ? new Octets(all, text) : null;
        }

        public async ValueTask RemoveAsync(IReadOnlyCollection<Pop3Message> messages, CancellationToken cancel)
        {
            await all.Step("Remove");
            all.Removed.AddRange(messages.Select(m => m.Uid));
        }
    }

    private sealed class Octets(TestMaildrops all, byte[] text) : IMessageText
    {
        public long Size => text.Length;

        public async ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel)
        {
            Interlocked.Increment(ref all._reads);
            await all.Step("Read");
            int count = Math.Min(into.Length, text.Length - (int)offset);
            text.AsSpan((int)offset, count).CopyTo(into.Span);
            return count;
        }
    }
}
