using Mta.Imap.Commands;
using Mta.Imap.Fetching;
using Mta.Imap.Notifying;
using Mta.Imap.Searching;
using Mta.Imap.Sharing;
using Mta.Mailbox;
using Mta.Mailbox.Store;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap;

/// <summary>Which handler executes which command: those that need the mailboxes. The others are the connection's.</summary>
internal static class ImapCommands
{
    private static Task<ImapResult> Unsupported { get; } = Task.FromResult(ImapResult.Bad("this command is not supported"));

    /// <param name="bodies">What came with it of messages.</param>
    public static async Task<ImapResult> RunAsync(ImapExecution x, ImapCommand command, IReadOnlyList<StagedBody> bodies)
    {
        if (x.Session.Selected is { IsRevoked: true })
        {
            x.Writer.Untagged(ImapStatus.Ok, ImapCode.Closed, "you may not read the mailbox any more");
            x.Session.Selected = null;
            if (ImapCommandTable.Legal(command.Verb) == ImapStates.Selected) return ImapResult.No("the mailbox is closed", ImapCode.NoPerm);
        }
        // it was closed while the client sent this
        if (x.Session.Selected is null && ImapCommandTable.Legal(command.Verb) == ImapStates.Selected) return ImapResult.No("no mailbox is selected");
        try
        {
            return await Execute(x, command, bodies).ConfigureAwait(false);
        }
        catch (MailboxException e)
        {
            return ImapResult.Of(e);
        }
        catch (Exception e) when (MailboxDatabase.IsOurs(e))
        {
            throw MailboxDatabase.Failure(e);
        }
    }

    private static Task<ImapResult> Execute(ImapExecution x, ImapCommand command, IReadOnlyList<StagedBody> bodies) => command switch
    {
        SelectCommand select => SelectHandler.RunAsync(x, select),
        FetchCommand fetch => FetchHandler.RunAsync(x, fetch),
        StoreCommand store => MessageHandlers.StoreAsync(x, store),
        SearchCommand search => SearchHandler.SearchAsync(x, search),
        SortCommand sort => SearchHandler.SortAsync(x, sort),
        ThreadCommand thread => ThreadHandler.RunAsync(x, thread),
        CopyCommand copy => MessageHandlers.CopyAsync(x, copy.Uid, copy.Set, copy.Mailbox, move: false),
        MoveCommand move => MessageHandlers.CopyAsync(x, move.Uid, move.Set, move.Mailbox, move: true),
        ExpungeCommand expunge => MessageHandlers.ExpungeAsync(x, expunge),
        CloseCommand => MessageHandlers.CloseAsync(x, expunge: true),
        UnselectCommand => MessageHandlers.CloseAsync(x, expunge: false),
        CheckCommand => Task.FromResult(ImapResult.Ok("CHECK done")),
        AppendCommand append => AppendHandler.RunAsync(x, append, bodies),
        ReplaceCommand replace => ReplaceHandler.RunAsync(x, replace, bodies),
        ListCommand list => ListHandler.RunAsync(x, list),
        LsubCommand lsub => ListHandler.LsubAsync(x, lsub),
        StatusCommand status => StatusHandler.RunAsync(x, status),
        CreateCommand create => MailboxHandlers.CreateAsync(x, create),
        DeleteCommand delete => MailboxHandlers.DeleteAsync(x, delete),
        RenameCommand rename => MailboxHandlers.RenameAsync(x, rename),
        SubscribeCommand subscribe => MailboxHandlers.SubscribeAsync(x, subscribe.Mailbox, subscribed: true),
        UnsubscribeCommand unsubscribe => MailboxHandlers.SubscribeAsync(x, unsubscribe.Mailbox, subscribed: false),
        NamespaceCommand => Task.FromResult(NamespaceHandler.Run(x)),
        GetQuotaCommand quota => QuotaHandlers.GetAsync(x, quota),
        GetQuotaRootCommand root => QuotaHandlers.GetRootAsync(x, root),
        SetQuotaCommand set => Task.FromResult(QuotaHandlers.Set(set)),
        SetAclCommand set => AclHandlers.SetAsync(x, set),
        DeleteAclCommand delete => AclHandlers.DeleteAsync(x, delete),
        GetAclCommand get => AclHandlers.GetAsync(x, get),
        ListRightsCommand list => AclHandlers.ListAsync(x, list),
        MyRightsCommand mine => AclHandlers.MineAsync(x, mine),
        NotifyCommand notify => NotifyHandler.RunAsync(x, notify),
        GetMetadataCommand get => MetadataHandlers.GetAsync(x, get),
        SetMetadataCommand set => MetadataHandlers.SetAsync(x, set),
        _ => Unsupported,
    };
}
