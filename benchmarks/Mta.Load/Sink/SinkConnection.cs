using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mta.Net;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;

namespace Mta.Load.Sink;

/// <summary>
/// One connection: reads, lets the session take what came, sends all replies together. It reads nothing while replies wait to be sent, so
/// a client that does not read costs one buffer.
/// </summary>
internal sealed class SinkConnection(SinkContext context, Socket socket, long number) : IDisposable
{
    // Commands are short, and most connections wait for one most of the time: 20,000 of them hold 20 MB.
    private const int CommandBuffer = 1024, ContentBuffer = 16 * 1024, SlowBuffer = 64;
    private const int MaxDrained = 1024 * 1024;
    private static readonly TimeSpan SlowPause = TimeSpan.FromMilliseconds(100), Linger = TimeSpan.FromSeconds(5);
    private static readonly SmtpReply Busy = SmtpReply.Parse("421 4.3.2 too many connections");
    private static readonly SmtpReply Delivered = SmtpReply.Parse("250 2.1.5 delivered");
    private static readonly SmtpReply KeepFailed = SmtpReply.Parse("451 4.3.0 the message cannot be kept");

    private readonly OutputBuffer _output = new();
    private readonly SinkBody _body = new(context.Check is not null || context.Returns is not null, context.Keeper);
    private readonly IPAddress _source = ((IPEndPoint)socket.RemoteEndPoint!).Address;
    private Dice _dice = new(Dice.Mix(context.Options.Seed) + (ulong)number);
    private SmtpServerSession _session = null!;
    private Provider? _provider;
    private SmtpReply?[]? _answers;
    private SslStream? _tls;
    private byte[] _buffer = [];
    private long _active = context.Clock.GetTimestamp();
    private bool _slow, _turnedAway;
    private volatile bool _lingers;

    /// <summary>Nothing came and nothing could be sent for too long.</summary>
    public bool IsStale => context.Clock.GetElapsedTime(Volatile.Read(ref _active)) > (_lingers && Linger < context.Options.IdleLimit ? Linger : context.Options.IdleLimit);

    /// <summary>Serves the client to the end; never throws for what a client does.</summary>
    public async Task RunAsync(bool busy)
    {
        try
        {
            socket.NoDelay = true;
            _provider = context.World.ProviderAt(((IPEndPoint)socket.LocalEndPoint!).Address);
            _session = new(Provider.SessionOptions, trusted: false, context.Tls is not null, context.Clock);
            var verdict = _provider?.Enter(_source, ref _dice) ?? default;
            if (busy) verdict = new(Busy);
            if (verdict.Reply is { } reply)
            {
                _turnedAway = true;
                _session.Close(reply, _output);
                await CloseAsync();
                return;
            }
            if (verdict.Fault != Fault.None && !await FailAsync(verdict.Fault)) return;
            _session.Start(_output);
            await ServeAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or AuthenticationException)
        {
            // the client is gone, or we were told to close
        }
        finally
        {
            _provider?.Leave(_source);
            Dispose();
            _session?.End();
            _output.Clear();
            _body.Dispose();
            Release();
        }
    }

    /// <summary>Closes at once.</summary>
    public void Dispose()
    {
        _tls?.Dispose();
        socket.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            await FlushAsync();
            var input = await ReceiveAsync();
            if (input.IsEmpty) return;
            SmtpEffect effect;
            do
            {
                effect = _session.Advance(input.Span, _output, out int used);
                input = input[used..];
                switch (effect)
                {
                    case SmtpEffect.NeedInput:
                        break;
                    case SmtpEffect.DiscardMessage:
                        if (_session.Refusal is { } refusal) Provider.Counters.Refused(refusal.Code);
                        _body.Drop();
                        break;
                    case SmtpEffect.StartTls:
                        if (!await StartTlsAsync()) return;
                        break;
                    case SmtpEffect.Close:
                        await CloseAsync();
                        return;
                    default:
                        if (effect == SmtpEffect.VerifyRecipient && Provider.Profile.Tarpit > TimeSpan.Zero) await PauseAsync(Provider.Profile.Tarpit);
                        var verdict = Judge(effect);
                        if (verdict.Fault != Fault.None && !await FailAsync(verdict.Fault)) return;
                        if (verdict.Reply is { } reply) Refuse(effect, reply);
                        else Accept(effect);
                        break;
                }
            }
            while (effect != SmtpEffect.NeedInput);
        }
    }

    /// <summary>Before the first recipient of a shared address: the one that serves unknown domains.</summary>
    private Provider Provider => _provider ?? context.World.Providers[0];

    private Verdict Judge(SmtpEffect effect) => effect switch
    {
        SmtpEffect.VerifyHello => Provider.Judge(Stage.Ehlo, ref _dice),
        SmtpEffect.VerifyStartTls => Provider.Judge(Stage.StartTls, ref _dice),
        SmtpEffect.VerifySender => Provider.Judge(Stage.Mail, ref _dice),
        SmtpEffect.VerifyRecipient => JudgeRecipient(),
        SmtpEffect.OpenMessage => Provider.Judge(Stage.Data, ref _dice),
        _ when context.Options.Lmtp => JudgeEach(),
        _ => Provider.Judge(Stage.End, ref _dice),
    };

    /// <summary>RFC 2033 §4.2: what became of the message is said for each recipient, and can differ. 421 here is for one of them and closes nothing.</summary>
    private Verdict JudgeEach()
    {
        _answers = new SmtpReply?[_session.Transaction!.Recipients.Count];
        for (int i = 0; i < _answers.Length; i++)
        {
            var verdict = Provider.Judge(Stage.End, ref _dice);
            if (verdict.Fault != Fault.None) return verdict;
            _answers[i] = verdict.Reply;
        }
        return default;
    }

    private Verdict JudgeRecipient()
    {
        var recipient = _session.PendingRecipient!.Path;
        var provider = context.World.ProviderOf(recipient.Domain);
        if (_provider is null)
        {
            _provider = provider;
            if (provider.Enter(_source, ref _dice) is { IsAccepted: false } verdict) return verdict;
        }
        return provider.JudgeRecipient(_source, _session.Transaction!.ReversePath, recipient, ref _dice);
    }

    private void Accept(SmtpEffect effect)
    {
        switch (effect)
        {
            case SmtpEffect.VerifyHello:
                _session.HelloAccepted(_output);
                break;
            case SmtpEffect.VerifyStartTls:
                _session.StartTlsAccepted(_output);
                break;
            case SmtpEffect.VerifySender:
                _session.SenderAccepted(_output);
                break;
            case SmtpEffect.VerifyRecipient:
                _session.RecipientAccepted(_output);
                break;
            case SmtpEffect.OpenMessage:
                try
                {
                    _body.Begin();
                    _session.MessageOpened(_body, _output);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    _session.MessageRefused(KeepFailed, _output);
                }
                break;
            default:
                Store();
                break;
        }
    }

    private void Store()
    {
        var transaction = _session.Transaction!;
        IReadOnlyList<SmtpRecipient> accepted = _answers is null ? transaction.Recipients : [.. transaction.Recipients.Where((_, i) => _answers[i] is null)];
        try
        {
            if (context.Keeper is not null && accepted.Count > 0)
            {
                _body.Keep(new(transaction.ReversePath.Address, [.. accepted.Select(r => r.Path.Address)], _source.ToString(),
                    _session.HeloName, context.Clock.GetUtcNow()));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _session.MessageNotStored(KeepFailed, _output);
            _body.Drop();
            return;
        }
        if (accepted.Count > 0)
        {
            context.Check?.Add(_body.FindTracer(), accepted);
            var provider = context.World.ProviderOf(accepted[0].Path.Domain);
            bool complains = provider.Accept(_source, accepted.Count, _session.Message.Length, ref _dice);
            context.Returns?.Consider(new(provider.Profile, _source, transaction, context.Clock.GetUtcNow()), accepted, provider.Bounces, complains, _body.Header);
            context.Accepted();
        }
        _body.Drop();
        if (_answers is null) _session.MessageStored("sink", _output);
        else _session.MessageAnswered([.. _answers.Select(a => a ?? Delivered)], _output);
    }

    private void Refuse(SmtpEffect effect, SmtpReply reply)
    {
        if (effect == SmtpEffect.StoreMessage) _body.Drop();
        // RFC 5321 §3.8: with 421 the connection is closed
        if (reply.Code == 421)
        {
            _turnedAway = true;
            _session.Close(reply, _output);
        }
        else if (effect == SmtpEffect.VerifyHello) _session.HelloRefused(reply, _output);
        else if (effect == SmtpEffect.VerifyStartTls) _session.StartTlsRefused(reply, _output);
        else if (effect == SmtpEffect.VerifySender) _session.SenderRefused(reply, _output);
        else if (effect == SmtpEffect.VerifyRecipient) _session.RecipientRefused(reply, _output);
        else if (effect == SmtpEffect.OpenMessage) _session.MessageRefused(reply, _output);
        else _session.MessageNotStored(reply, _output);
    }

    /// <summary>Does what goes wrong; true if the session goes on.</summary>
    private async Task<bool> FailAsync(Fault fault)
    {
        switch (fault)
        {
            case Fault.SlowRead:
                _slow = true;
                return true;
            case Fault.Stall:
                await DrainAsync(long.MaxValue);
                return false;
            case Fault.HalfClose:
                await FlushAsync();
                socket.Shutdown(SocketShutdown.Send);
                await DrainAsync(long.MaxValue);
                return false;
            default:
                socket.LingerState = new(true, 0);
                return false;
        }
    }

    private async Task<bool> StartTlsAsync()
    {
        await FlushAsync();
        if (Provider.BreaksTls(ref _dice))
        {
            _output.Write("this is not TLS\r\n"u8);
            await FlushAsync();
            return false;
        }
        Release(); // the handshake brings its own
        _tls = new(new NetworkStream(socket, ownsSocket: false));
        await _tls.AuthenticateAsServerAsync(context.Tls!);
        _session.TlsEstablished($"{_tls.SslProtocol} {_tls.NegotiatedCipherSuite}");
        return true;
    }

    /// <summary>What we had to say last must arrive although the client may have more to say: a close with unread octets is a reset.</summary>
    private async Task CloseAsync()
    {
        await FlushAsync();
        if (_tls is not null || (!_turnedAway && socket.Available == 0)) return;
        _lingers = true;
        socket.Shutdown(SocketShutdown.Send);
        await DrainAsync(MaxDrained);
    }

    private async Task DrainAsync(long octets)
    {
        while (octets > 0 && await ReceiveAsync() is { IsEmpty: false } input) octets -= input.Length;
    }

    private async Task PauseAsync(TimeSpan time)
    {
        await FlushAsync();
        await Task.Delay(time, context.Clock);
    }

    private async ValueTask FlushAsync()
    {
        if (_output.IsEmpty) return;
        if (_tls is not null) await _tls.WriteAsync(_output.Written);
        else
        {
            for (var rest = _output.Written; rest.Length > 0;) rest = rest[await socket.SendAsync(rest, SocketFlags.None)..];
        }
        _output.Clear();
        Volatile.Write(ref _active, context.Clock.GetTimestamp());
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync()
    {
        if (_slow) await Task.Delay(SlowPause, context.Clock);
        int size = _session.IsReceiving ? ContentBuffer : CommandBuffer;
        if (_buffer.Length != size)
        {
            Release();
            _buffer = ArrayPool<byte>.Shared.Rent(size);
        }
        var buffer = _slow ? _buffer.AsMemory(0, SlowBuffer) : _buffer;
        int count = _tls is not null ? await _tls.ReadAsync(buffer) : await socket.ReceiveAsync(buffer, SocketFlags.None);
        Volatile.Write(ref _active, context.Clock.GetTimestamp());
        return buffer[..count];
    }

    private void Release()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }
}
