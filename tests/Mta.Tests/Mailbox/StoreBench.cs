using System.Text;
using Akka.Actor;
using Mta.Accounts;
using Mta.Mailbox;

namespace Mta.Tests.Mailbox;

/// <summary>The mailboxes in a folder of their own, for the tests of a class that derives from it.</summary>
public abstract class StoreBench : IAsyncDisposable
{
    private protected static readonly Account Ann = new(1, "ann@ours.test", 0, 0), Bob = new(2, "bob@ours.test", 0, 0);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mta-mail-");

    protected StoreBench()
    {
        Store = MailStore.Open(_folder.FullName, TimeProvider.System);
        Client = Store.Start(Actors);
    }

    private protected string Folder => _folder.FullName;
    private protected ActorSystem Actors { get; } = ActorSystem.Create("mail");
    private protected MailStore Store { get; }
    private protected MailboxClient Client { get; }

    public virtual async ValueTask DisposeAsync()
    {
        await Actors.Terminate();
        Store.Dispose();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected StagedBody Body(string text)
    {
        var body = Store.Stage();
        body.Write(Encoding.ASCII.GetBytes(text));
        body.Finish();
        return body;
    }
}
