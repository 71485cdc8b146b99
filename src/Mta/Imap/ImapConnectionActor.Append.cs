using System.Collections.Immutable;
using Mta.Imap.Commands;
using Mta.Mailbox;
using Mta.Protocol.Imap;

namespace Mta.Imap;

// The messages that come with APPEND: they are staged while they come.
internal sealed partial class ImapConnectionActor
{
    /// <summary>Of one command (RFC 3502).</summary>
    private const int MaxMessages = 100;

    private List<StagedBody>? _appending;
    private IOException? _stagingFailure;

    private bool OpenMessage(ImapMessageLiteral message)
    {
        // CATENATE, and the UTF8 form where it was not enabled, are not on offer
        if (message.IsCatenated || message.Verb == ImapVerb.Replace) return Refuse(message, ImapResult.Bad("this command is not supported"));
        if (message.Kind == ImapLiteralKind.Utf8 && !_session.AcceptsUtf8) return Refuse(message, ImapResult.Bad("UTF8 wants ENABLE UTF8=ACCEPT before"));
        if (_appending is { Count: >= MaxMessages }) return Refuse(message, ImapResult.No("too many messages at once", ImapCode.Limit));
        var x = NewExecution(() => Task.CompletedTask);
        return Ask(_ => new ValueTask<ImapResult?>(Task.Run(() => AppendHandler.RefuseAsync(x, message))),
            refusal => refusal is null ? Accept(message) : Refuse(message, refusal),
            () => Refuse(message, NotUsable));
    }

    private bool Accept(ImapMessageLiteral message)
    {
        if (message.Message == 0) DropMessages();
        (_appending ??= []).Add(context.Mailboxes.Store.Stage());
        _reader.AcceptMessage();
        return true;
    }

    private bool Refuse(ImapMessageLiteral message, ImapResult refusal)
    {
        DropMessages();
        End(message.Tag, refusal);
        _reader.RefuseMessage();
        return true;
    }

    private void TakeMessage(ReadOnlySpan<byte> octets)
    {
        if (_appending is null || _stagingFailure is not null) return;
        try
        {
            _appending[^1].Write(octets);
        }
        catch (IOException e)
        {
            _stagingFailure = e; // the rest is taken, and told at the end
        }
    }

    private void EndMessage()
    {
        if (_appending is null || _stagingFailure is not null) return;
        try
        {
            _appending[^1].Finish();
        }
        catch (IOException e)
        {
            _stagingFailure = e;
        }
    }

    /// <summary>They are the command's now.</summary>
    private ImmutableArray<StagedBody> TakeMessages()
    {
        ImmutableArray<StagedBody> messages = _appending is null ? [] : [.. _appending];
        _appending = null;
        return messages;
    }

    private void DropMessages()
    {
        foreach (var message in _appending ?? []) message.Dispose();
        (_appending, _stagingFailure) = (null, null);
    }
}
