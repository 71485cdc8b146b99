using System.Net;
using System.Net.Sockets;
using Mta.Net;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;

namespace Mta.Load.Sink;

/// <summary>A connection that reports are mailed over, from the null reverse-path. Not for use by two at once.</summary>
internal sealed class ReturnConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly SmtpClientSession _session = new(new("sink.test", StartTlsUse.Never, null, Chunking: false));
    private readonly OutputBuffer _output = new();
    private readonly byte[] _input = new byte[1024];
    private SmtpClientStep _step = SmtpClientStep.Read;

    private ReturnConnection(Socket socket) => _socket = socket;

    /// <summary>Connects; throws <see cref="SocketException"/>, or <see cref="OperationCanceledException"/> when it takes too long.</summary>
    public static async Task<ReturnConnection> OpenAsync(EndPoint target, CancellationToken cancel)
    {
        var socket = target is DnsEndPoint ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(target, cancel);
            return new(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>No further report can be sent.</summary>
    public bool IsClosed => _step == SmtpClientStep.Close;

    /// <summary>Sends a report and returns the reply that decided. Throws <see cref="SocketException"/> where the connection breaks.</summary>
    public async Task<SmtpReply> SendAsync(SmtpPath to, byte[] content, CancellationToken cancel)
    {
        while (_step == SmtpClientStep.Read) await ReadAsync(cancel);
        var recipient = new OutgoingRecipient(to, RcptParameters.None);
        if (_step == SmtpClientStep.Ready)
        {
            _step = _session.Begin(new()
            {
                ReversePath = SmtpPath.Null, // RFC 3461 §6.1, RFC 5965 §2: nobody is to be told that a report came back
                Recipients = [recipient],
                Parameters = MailParameters.None,
                Length = content.Length,
                IsBodyAtHand = true,
            }, _output);
        }
        while (_step is SmtpClientStep.Read or SmtpClientStep.SendBody)
        {
            if (_step == SmtpClientStep.SendBody)
            {
                var stuffer = new DotStuffer(stuffs: true);
                stuffer.Write(content, _output);
                stuffer.Finish(_output);
                _step = _session.BodySent(_output);
            }
            else await ReadAsync(cancel);
        }
        return recipient.Reply ?? _session.Failure ?? throw new SocketException((int)SocketError.ConnectionReset);
    }

    /// <summary>Says goodbye.</summary>
    public async Task QuitAsync(CancellationToken cancel)
    {
        if (_step == SmtpClientStep.Ready) _step = _session.Quit(_output);
        while (_step == SmtpClientStep.Read) await ReadAsync(cancel);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _output.Clear();
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        for (var rest = _output.Written; rest.Length > 0;) rest = rest[await _socket.SendAsync(rest, cancel)..];
        _output.Clear();
        int count = await _socket.ReceiveAsync(_input, cancel);
        _step = count == 0 ? _session.Abort(new(451, new(4, 4, 2), "the connection was closed")) : _session.Receive(_input.AsSpan(0, count), _output);
    }
}
