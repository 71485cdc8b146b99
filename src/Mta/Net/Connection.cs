using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Akka.Actor;
using Mta.Protocol.Sasl;

namespace Mta.Net;

/// <summary>
/// One TCP connection, plain or under TLS, compressed or not. It owns the socket and, unless it is compressed, no buffer. At most one read and one write are under way;
/// what they end in is told to the owner as a <see cref="NetProtocol"/> message, never thrown.
/// </summary>
public sealed class Connection : IDisposable
{
    private readonly Socket _socket;
    private SslStream? _tls;
    private DeflateLayer? _deflate;
    private ReadOnlyMemory<byte> _unread; // what had come in behind the end of the compression
    private volatile bool _disposed;

    public Connection(Socket socket)
    {
        _socket = socket;
        socket.NoDelay = true;
        Remote = Unmap((IPEndPoint)socket.RemoteEndPoint!);
        Local = Unmap((IPEndPoint)socket.LocalEndPoint!);
    }

    /// <summary>The peer; an IPv4 one as such, also where the socket takes both kinds.</summary>
    public IPEndPoint Remote { get; }
    public IPEndPoint Local { get; }

    /// <summary>The peer has sent something that was not read.</summary>
    public bool HasUnread => !_disposed && _socket.Available > 0;

    /// <summary>Protocol and cipher (<c>TLSv1.3 TLS_AES_256_GCM_SHA384</c>), or null on a plain connection.</summary>
    public string? Tls => _tls is null ? null : $"{TlsName(_tls.SslProtocol)} {_tls.NegotiatedCipherSuite}";

    public bool IsCompressed => _deflate is not null;

    /// <summary>What ties a sign-in to this connection, on the server's side under TLS; null where there is none.</summary>
    public ChannelBinding? Binding => EndPointBinding.Of(_tls?.LocalCertificate);

    /// <summary>Opens a connection; throws <see cref="SocketException"/> or <see cref="OperationCanceledException"/>.</summary>
    /// <param name="source">The local address to bind, or null for the system's choice.</param>
    public static async Task<Connection> ConnectAsync(IPEndPoint remote, IPAddress? source, CancellationToken cancel)
    {
        var socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (source is not null) socket.Bind(new IPEndPoint(source, 0));
            await socket.ConnectAsync(remote, cancel).ConfigureAwait(false);
            return new Connection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Starts a read into <paramref name="buffer"/>; <paramref name="owner"/> is told <c>Received</c> or <c>Broken</c>.</summary>
    public async void Receive(Memory<byte> buffer, IActorRef owner)
    {
        try
        {
            int count = await ReceiveAsync(buffer).ConfigureAwait(false);
            owner.Tell(new NetProtocol.Received(count), ActorRefs.NoSender);
        }
        catch (Exception e)
        {
            owner.Tell(new NetProtocol.Broken(Reason(e)), ActorRefs.NoSender);
        }
    }

    private ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        if (_deflate is { } deflate) return deflate.ReadAsync(buffer);
        if (_unread.Length > 0)
        {
            int count = Math.Min(_unread.Length, buffer.Length);
            _unread[..count].CopyTo(buffer);
            _unread = _unread[count..];
            return new(count);
        }
        // SslStream holds no buffer of its own while it waits: an empty read before this one was measured, and saves nothing
        return _tls is { } tls ? tls.ReadAsync(buffer) : _socket.ReceiveAsync(buffer, SocketFlags.None);
    }

    /// <summary>
    /// Sends all of <paramref name="bytes"/>. True when that completed at once (the common case); otherwise the owner is told
    /// <c>Sent</c> or <c>Broken</c> later, and <paramref name="bytes"/> must stay as it is until then.
    /// </summary>
    public bool Send(ReadOnlyMemory<byte> bytes, IActorRef owner)
    {
        try
        {
            var write = SendAll(bytes);
            if (write.IsCompletedSuccessfully) return true;
            Finish(write, owner);
        }
        catch (Exception e)
        {
            owner.Tell(new NetProtocol.Broken(Reason(e)), ActorRefs.NoSender);
        }
        return false;

        static async void Finish(ValueTask write, IActorRef owner)
        {
            try
            {
                await write.ConfigureAwait(false);
                owner.Tell(NetProtocol.Sent.Instance, ActorRefs.NoSender);
            }
            catch (Exception e)
            {
                owner.Tell(new NetProtocol.Broken(Reason(e)), ActorRefs.NoSender);
            }
        }
    }

    private async ValueTask SendAll(ReadOnlyMemory<byte> bytes)
    {
        if (_deflate is { } deflate)
        {
            await deflate.WriteAsync(bytes).ConfigureAwait(false);
            return;
        }
        if (_tls is { } tls)
        {
            await tls.WriteAsync(bytes).ConfigureAwait(false);
            return;
        }
        while (bytes.Length > 0)
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)..];
    }

    /// <summary>Tells the peer that nothing more will come. Not while a write is under way; a peer that is gone needs no goodbye.</summary>
    public async void EndSending()
    {
        try
        {
            if (_tls is { } tls) await tls.ShutdownAsync().ConfigureAwait(false);
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception)
        {
            // whatever is wrong with the connection, the read that is under way tells
        }
    }

    /// <summary>Takes the server's part of a TLS handshake; the owner is told <c>TlsEstablished</c> or <c>Broken</c>.</summary>
    /// <param name="choose">Chooses certificate and options by what the client says first, its name for us above all (RFC 6066 §3).</param>
    public void StartTlsAsServer(ServerOptionsSelectionCallback choose, TimeSpan limit, IActorRef owner) =>
        Handshake((tls, cancel) => tls.AuthenticateAsServerAsync(choose, null, cancel), limit, owner);

    /// <summary>Takes the client's part of a TLS handshake; the owner is told <c>TlsEstablished</c> or <c>Broken</c>.</summary>
    public void StartTlsAsClient(SslClientAuthenticationOptions options, TimeSpan limit, IActorRef owner) =>
        Handshake((tls, cancel) => tls.AuthenticateAsClientAsync(options, cancel), limit, owner);

    private async void Handshake(Func<SslStream, CancellationToken, Task> authenticate, TimeSpan limit, IActorRef owner)
    {
        var tls = new SslStream(new NetworkStream(_socket, ownsSocket: false), leaveInnerStreamOpen: false);
        try
        {
            using var timeout = new CancellationTokenSource(limit);
            await authenticate(tls, timeout.Token).ConfigureAwait(false);
            _tls = tls;
            if (_disposed) tls.Dispose();
            owner.Tell(NetProtocol.TlsEstablished.Instance, ActorRefs.NoSender);
        }
        catch (Exception e)
        {
            tls.Dispose();
            owner.Tell(new NetProtocol.Broken("TLS handshake failed: " + Reason(e)), ActorRefs.NoSender);
        }
    }

    /// <summary>All that is sent and received from here on is compressed. Not while a read or a write is under way.</summary>
    public void BeginCompression() => _deflate = new((Stream?)_tls ?? new NetworkStream(_socket, ownsSocket: false));

    /// <summary>Nothing is from here on, what the peer sent behind the last flush that was received included. Not while a read or a write is under way.</summary>
    public void EndCompression()
    {
        _unread = _deflate!.Rest;
        _deflate.Dispose();
        _deflate = null;
    }

    /// <summary>Closes at once; a read or write under way ends with <c>Broken</c>.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _deflate?.Dispose();
        _tls?.Dispose();
        _socket.Dispose();
    }

    private static IPEndPoint Unmap(IPEndPoint end) => end.Address.IsIPv4MappedToIPv6 ? new(end.Address.MapToIPv4(), end.Port) : end;

    private static string Reason(Exception e) => e switch
    {
        OperationCanceledException => "timed out",
        ObjectDisposedException => "closed",
        SocketException s => Name(s),
        IOException { InnerException: SocketException s } => Name(s),
        InvalidDataException => "what came is not compressed",
        AuthenticationException { InnerException: { } inner } => inner.Message,
        _ => e.Message,
    };

    private static string Name(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset by peer",
        SocketError.TimedOut => "connection timed out",
        SocketError.NetworkUnreachable => "network unreachable",
        SocketError.HostUnreachable => "no route to host",
        SocketError.OperationAborted => "closed",
        _ => e.Message,
    };

    private static string TlsName(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls12 => "TLSv1.2",
        SslProtocols.Tls13 => "TLSv1.3",
        _ => protocol.ToString(),
    };
}
