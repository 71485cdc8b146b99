using Akka.Actor;
using Mta.Mailbox.Search;
using Mta.Mailbox.Store;

namespace Mta.Mailbox;

/// <summary>
/// The mailboxes of all accounts. Reading is for anyone, on threads that may wait for the disk; changes go through the account's actor. Safe from any thread.
/// </summary>
public sealed class MailStore : IDisposable
{
    private readonly MailboxDatabase _database;
    private readonly CommitThread _commits;
    private readonly MessagePages _pages = new();
    private readonly TimeProvider _clock;
    private readonly string _staging;

    private MailStore(string folder, TimeProvider clock)
    {
        _clock = clock;
        _database = new(folder, clock);
        _staging = Path.Combine(folder, "staging");
        // what a crash left there belongs to nobody
        if (Directory.Exists(_staging)) Directory.Delete(_staging, recursive: true);
        Directory.CreateDirectory(_staging);
        _commits = new(_database);
        Texts = new(Path.Combine(folder, "search"), Read);
    }

    /// <summary>What is known of the texts of the messages.</summary>
    public TextIndexes Texts { get; }

    /// <summary>Opens the mailboxes in a folder, which is made where it is missing. Throws <see cref="IOException"/>.</summary>
    public static MailStore Open(string folder, TimeProvider clock) => new(folder, clock);

    internal MailboxDatabase Database => _database;

    internal CommitThread Commits => _commits;

    /// <summary>The accounts' actors in an actor system; once.</summary>
    public MailboxClient Start(IActorRefFactory system) => new(this, system.ActorOf(Props.Create<MailboxesActor>(_commits), "mailboxes"), _clock);

    /// <summary>A place for a message that is on its way into a mailbox.</summary>
    public StagedBody Stage() => new(_staging);

    /// <inheritdoc cref="MailboxReader"/>
    public MailboxReader Read(long accountId)
    {
        try
        {
            return new(_database, _pages, accountId);
        }
        catch (Exception e) when (MailboxDatabase.IsOurs(e))
        {
            throw MailboxDatabase.Failure(e);
        }
    }

    /// <summary>Makes what was asked for durable, and closes the file.</summary>
    public void Dispose()
    {
        Texts.Dispose();
        _commits.Stop();
        _database.Dispose();
    }
}
