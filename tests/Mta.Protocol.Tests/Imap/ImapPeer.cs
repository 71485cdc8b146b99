using System.Buffers;
using System.Text;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Imap.Writing;
using Mta.Testing;

namespace Mta.Protocol.Tests.Imap;

/// <summary>
/// Reads what it is sent and says, a line each, what came of it. It executes nothing, but follows the session: LOGIN signs in, SELECT selects, ENABLE
/// turns UTF-8 on, a mailbox whose name begins with "Full" takes no message.
/// </summary>
internal sealed class ImapPeer : ITranscriptPeer
{
    private const int MostCommands = 10_000;

    private readonly Queue<string> _lines = new();
    private readonly ArrayBufferWriter<byte> _message = new();
    private readonly StringBuilder _all = new();
    private byte[] _input = [];
    private bool _isClosed;
    private string _exchange = "";

    public ImapPeer(ImapReaderOptions? options = null, ImapStates state = ImapStates.NotAuthenticated) =>
        Reader = new(options ?? ImapReaderOptions.Stranger) { State = state };

    public ImapPeer(Transcript script) : this()
    {
        foreach (var (name, value) in script.Options)
        {
            if (name is "selected" or "authenticated") (Reader.State, Reader.Options) = (Enum.Parse<ImapStates>(name, ignoreCase: true), ImapReaderOptions.SignedIn);
            else if (name == "utf8") Reader.Utf8 = true;
            else if (name == "literal-minus") Reader.Options = Reader.Options with { MaxNonSynchronizing = 4096 };
            else if (name == "max-skipped") Reader.Options = Reader.Options with { MaxSkipped = long.Parse(value, System.Globalization.CultureInfo.InvariantCulture) };
            else throw new FormatException($"{script.Name}: unknown option {name}");
        }
    }

    public ImapCommandReader Reader { get; }

    /// <summary>All commands that were understood.</summary>
    public List<ImapCommand> Commands { get; } = [];

    /// <summary>All that was said.</summary>
    public string Output => _all.ToString();

    public void Send(ReadOnlySpan<byte> octets)
    {
        _input = [.. _input, .. octets];
        while (!_isClosed)
        {
            var result = Reader.Advance(_input, out int consumed);
            Assert.InRange(consumed, 0, _input.Length);
            byte[] used = _input[..consumed];
            _input = _input[consumed..];
            if (result == ImapEvent.NeedInput)
            {
                Assert.Empty(_input);
                return;
            }
            Follow(result, used);
        }
    }

    public void Send(string octets) => Send(Encoding.Latin1.GetBytes(octets));

    public string NextLine() => _lines.Dequeue();

    Task ITranscriptPeer.SendAsync(ReadOnlyMemory<byte> octets)
    {
        Send(octets.Span);
        return Task.CompletedTask;
    }

    Task<string?> ITranscriptPeer.ReadLineAsync() => Task.FromResult(_lines.TryDequeue(out string? line) ? line : _isClosed ? null : throw new InvalidOperationException("nothing was said"));

    Task ITranscriptPeer.StartTlsAsync() => throw new NotSupportedException();

    Task<StoredMessage> ITranscriptPeer.NextStoredAsync() => throw new NotSupportedException();

    Task<string> ITranscriptPeer.ReadRestAsync() => Task.FromResult(string.Join('\n', _lines));

    private void Follow(ImapEvent result, byte[] used)
    {
        switch (result)
        {
            case ImapEvent.Continue:
                Say("+");
                break;
            case ImapEvent.Command:
                Say(Description.Of(Reader.Command));
                if (Commands.Count < MostCommands) Commands.Add(Reader.Command!);
                Follow(Reader.Command!);
                break;
            case ImapEvent.OpenMessage:
                var literal = Reader.Message!;
                Say(Description.Of(literal));
                if (literal.Mailbox.StartsWith("Full", StringComparison.Ordinal))
                {
                    Say($"{literal.Tag} NO [OVERQUOTA]");
                    Reader.RefuseMessage();
                }
                else Reader.AcceptMessage();
                _message.Clear();
                break;
            case ImapEvent.MessageData:
                Assert.NotEmpty(used);
                _message.Write(used);
                Assert.InRange(_message.WrittenCount, 1, Reader.Message!.Size);
                break;
            case ImapEvent.MessageEnd:
                Assert.Equal(Reader.Message!.Size, _message.WrittenCount);
                Assert.Equal(_message.WrittenSpan.Contains((byte)0), Reader.MessageHasNul);
                Say($"message '{Description.Escape(Encoding.Latin1.GetString(_message.WrittenSpan))}'");
                break;
            case ImapEvent.Response:
                Say($"response '{Description.Escape(Encoding.Latin1.GetString(Reader.Response.Span))}'");
                if (!Reader.Response.Span.EndsWith("more"u8)) break;
                Say("+");
                Reader.ExpectResponse(_exchange);
                break;
            case ImapEvent.Cancelled:
                Say("cancelled");
                break;
            case ImapEvent.Done:
                Say("done");
                break;
            case ImapEvent.Error or ImapEvent.Fatal:
                var output = new ArrayBufferWriter<byte>();
                new ImapResponseWriter(output, utf8: false).Error(Reader.Error!);
                Say(Encoding.Latin1.GetString(output.WrittenSpan)[..^2]);
                _isClosed = result == ImapEvent.Fatal;
                Assert.Equal(_isClosed, Reader.Error!.Status == ImapStatus.Bye);
                break;
            default:
                throw new InvalidOperationException($"{result}");
        }
    }

    private void Follow(ImapCommand command)
    {
        switch (command)
        {
            case LoginCommand:
                (Reader.State, Reader.Options) = (ImapStates.Authenticated, ImapReaderOptions.SignedIn);
                break;
            case AuthenticateCommand authenticate when authenticate.InitialResponse is null:
                Say("+");
                _exchange = authenticate.Tag;
                Reader.ExpectResponse(authenticate.Tag);
                break;
            case SelectCommand:
                Reader.State = ImapStates.Selected;
                break;
            case CloseCommand or UnselectCommand:
                Reader.State = ImapStates.Authenticated;
                break;
            case UnauthenticateCommand:
                (Reader.State, Reader.Options, Reader.Utf8) = (ImapStates.NotAuthenticated, ImapReaderOptions.Stranger, false);
                break;
            case EnableCommand:
                Reader.Utf8 = true;
                break;
            case IdleCommand:
                Say("+");
                Reader.ExpectDone(command.Tag);
                break;
            case LogoutCommand:
                Reader.End();
                _isClosed = true;
                break;
        }
    }

    private void Say(string line)
    {
        _lines.Enqueue(line);
        _all.Append(line).Append('\n');
    }
}
