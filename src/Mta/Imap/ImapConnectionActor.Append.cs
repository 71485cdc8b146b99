using System.Collections.Immutable;
using Mta.Imap.Commands;
using Mta.Mailbox;
using Mta.Protocol.Imap;

namespace Mta.Imap;

// The messages that come with APPEND and REPLACE: they are staged while they come.
internal sealed partial class ImapConnectionActor
{
    private List<StagedBody>? _appending; // what came of each message, one piece behind the other
    private IOException? _stagingFailure;

    private bool OpenMessage(ImapMessageLiteral message)
    {
        if (message.Kind == ImapLiteralKind.Utf8 && !_session.AcceptsUtf8) return Refuse(message, ImapResult.Bad("UTF8 wants ENABLE UTF8=ACCEPT before"));
        if (message.Message >= MessageBuilder.MaxMessages) return Refuse(message, MessageBuilder.TooMany);
        long before = message.Message < _appending?.Count ? _appending[message.Message].Size : 0;
        var x = NewExecution(() => Task.CompletedTask);
        return Ask(_ => new ValueTask<ImapResult?>(Task.Run(() => context.Gate.RunAsync(() => AppendHandler.RefuseAsync(x, message, before)))),
            refusal => refusal is null ? Accept(message) : Refuse(message, refusal),
            () => Refuse(message, NotUsable));
    }

    private bool Accept(ImapMessageLiteral message)
    {
        _appending ??= [];
        // a message may have come without a literal
        while (_appending.Count <= message.Message) _appending.Add(context.Mailboxes.Store.Stage());
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
