using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;

namespace Mta.Load;

/// <summary>
/// One connection to the target. Whatever goes wrong is a <see cref="LoadException"/>. It has no timers: the run looks at all connections
/// four times a second and calls <see cref="CloseIfLate"/>, which costs less than a timer for each reply.
/// </summary>
internal sealed class LoadConnection(LoadOptions options, IPEndPoint target, TimeProvider time) : IDisposable
{
    // Linux: choose the local port when connecting, so that one address can have as many connections as there are free pairs, not ports
    private const int IpBindAddressNoPort = 24;

    private readonly Socket _socket = new(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SmtpReplyParser _parser = new();
    // Replies are short: a connection that waits holds little, and 20,000 of them are to be cheap.
    private readonly byte[] _received = new byte[512];
    private SslStream? _tls;
    private int _start, _end;
    private long _due = long.MaxValue;
    private volatile bool _isLate;

    public async ValueTask Connect(IPAddress? source)
    {
        try
        {
            if (source is not null)
            {
                if (OperatingSystem.IsLinux()) _socket.SetRawSocketOption((int)SocketOptionLevel.IP, IpBindAddressNoPort, [1, 0, 0, 0]);
                _socket.Bind(new IPEndPoint(source, 0));
            }
            Wait();
            await _socket.ConnectAsync(target).ConfigureAwait(false);
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw Failure(e);
        }
        finally
        {
            Idle();
        }
    }

    /// <summary>TLS from here on. What came in plaintext behind the reply to STARTTLS is refused: somebody may have put it there (RFC 3207 §5).</summary>
    public async ValueTask StartTls()
    {
        if (_start < _end || !_parser.IsIdle) throw new LoadException("plaintext behind the reply to STARTTLS");
        try
        {
            Wait();
            _tls = new SslStream(new NetworkStream(_socket));
            await _tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = options.Target.Host,
                RemoteCertificateValidationCallback = (_, _, _, errors) => !options.VerifyCertificate || errors == SslPolicyErrors.None,
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw _isLate ? Failure(e) : new LoadException($"TLS: {e.Message}");
        }
        finally
        {
            Idle();
        }
    }

    public async ValueTask Send(ReadOnlyMemory<byte> octets)
    {
        try
        {
            Wait();
            if (_tls is not null) await _tls.WriteAsync(octets).ConfigureAwait(false);
            // a socket may take less than it is given
            else while (!octets.IsEmpty) octets = octets[await _socket.SendAsync(octets).ConfigureAwait(false)..];
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw Failure(e);
        }
        finally
        {
            Idle();
        }
    }

    /// <summary>The next reply; what the server sent behind it waits for the next call.</summary>
    public ValueTask<SmtpReply> Read() => TryParse() is { } reply ? ValueTask.FromResult(reply) : Receive();

    public void CloseIfLate(long now)
    {
        if (Volatile.Read(ref _due) > now) return;
        _isLate = true;
        _socket.Dispose();
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
    }

    private async ValueTask<SmtpReply> Receive()
    {
        try
        {
            Wait();
            while (true)
            {
                _start = 0;
                _end = _tls is null
                    ? await _socket.ReceiveAsync(_received.AsMemory()).ConfigureAwait(false)
                    : await _tls.ReadAsync(_received).ConfigureAwait(false);
                if (_end == 0) throw new LoadException("the server closed the connection");
                if (TryParse() is { } reply) return reply;
            }
        }
        catch (Exception e) when (IsLoss(e))
        {
            throw Failure(e);
        }
        finally
        {
            Idle();
        }
    }

    private SmtpReply? TryParse()
    {
        if (_start == _end) return null;
        var input = new ReadOnlySpan<byte>(_received, _start, _end - _start);
        var status = _parser.Parse(ref input, out var reply);
        _start = _end - input.Length;
        return status == ReplyStatus.Malformed ? throw new LoadException(_parser.Error) : reply;
    }

    private void Wait() => Volatile.Write(ref _due, time.GetTimestamp() + (long)(options.Timeout.TotalSeconds * time.TimestampFrequency));

    private void Idle() => Volatile.Write(ref _due, long.MaxValue);

    private static bool IsLoss(Exception e) =>
        e is SocketException or IOException or ObjectDisposedException or InvalidOperationException or System.Security.Authentication.AuthenticationException;

    private LoadException Failure(Exception e) => _isLate
        ? new("no answer in time")
        : (e as SocketException ?? e.InnerException as SocketException)?.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => new("connection refused"),
            SocketError.ConnectionReset or SocketError.Shutdown => new("the server reset the connection"),
            SocketError.AddressNotAvailable => new("no local address or port free"),
            SocketError.TooManyOpenSockets => new("too many open files (ulimit -n)"),
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => new("no route to the server"),
            SocketError.TimedOut => new("no answer in time"),
            { } code => new($"socket: {code}"),
            null => new(e.Message),
        };
}
