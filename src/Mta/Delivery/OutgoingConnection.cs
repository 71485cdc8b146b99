using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Akka.Actor;
using Akka.Event;
using Mta.Net;

namespace Mta.Delivery;

/// <summary>
/// The wire of a <see cref="SmtpDeliveryActor"/>: the connection, what was read from it and is to be written to it, and how long we have been
/// waiting. At most one read and one write are under way.
/// </summary>
internal sealed class OutgoingConnection(DeliveryTarget target, DeliveryContext context, IActorRef owner)
{
    private const int InputSize = 4096;
    private readonly byte[] _input = new byte[InputSize];
    private Connection? _connection;
    private bool _isReading;
    private int _unread;
    private long _startedAt;
    private long _waitingSince;
    private TimeSpan _limit;

    /// <summary>What goes out with the next <see cref="Flush"/>; not to be touched while <see cref="IsWriting"/>.</summary>
    public OutputBuffer Output { get; } = new();
    public bool IsWriting { get; private set; }
    public bool IsHandshaking { get; private set; }
    public bool IsTlsVerified { get; private set; }

    /// <summary>Protocol and cipher, or "none".</summary>
    public string TlsName { get; private set; } = "none";

    /// <summary>Since the connection was asked for, seconds.</summary>
    public double Age => context.Clock.GetElapsedTime(_startedAt).TotalSeconds;

    /// <summary>Nothing has happened for longer than <see cref="Wait"/> allowed.</summary>
    public bool IsOverdue => context.Clock.GetElapsedTime(_waitingSince) >= _limit;

    /// <summary>Connects; the owner is told <see cref="Opened"/> or <see cref="NetProtocol.Broken"/>.</summary>
    public void Open(CancellationToken cancel)
    {
        _startedAt = context.Clock.GetTimestamp();
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(context.Settings.Value.Timeouts.Connect);
        Connect().PipeTo(owner, failure: e => new NetProtocol.Broken(Reason(e)));

        async Task<Opened> Connect()
        {
            using (limit) return new(await Connection.ConnectAsync(target.Address, target.Policy.SourceAddress, limit.Token).ConfigureAwait(false));
        }

        static string Reason(Exception e) => e.GetBaseException() switch
        {
            OperationCanceledException => "timed out",
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "connection refused",
            var other => other.Message,
        };
    }

    /// <summary>Takes over what <see cref="Open"/> has made.</summary>
    public void Use(Opened opened)
    {
        _connection = opened.Connection;
        DeliveryMetrics.Opened();
    }

    /// <summary>Starts a read, unless one is under way or its result still waits to be heard.</summary>
    public void Read()
    {
        if (_isReading || _unread > 0) return;
        _isReading = true;
        _connection!.Receive(_input, owner);
    }

    /// <summary>A read has ended.</summary>
    public void Received(int count) => (_isReading, _unread) = (false, count);

    public bool HasUnread => _unread > 0;

    /// <summary>What was read last; it is taken by this.</summary>
    public ReadOnlySpan<byte> Take()
    {
        var input = _input.AsSpan(0, _unread);
        _unread = 0;
        return input;
    }

    /// <summary>Sends what is in <see cref="Output"/>.</summary>
    public void Flush()
    {
        if (IsWriting || Output.Count == 0) return;
        if (_connection!.Send(Output.Written, owner)) Output.Clear();
        else IsWriting = true;
    }

    /// <summary>The write that was under way has ended.</summary>
    public void Sent()
    {
        IsWriting = false;
        Output.Clear();
    }

    public void StartTls(TlsPolicy policy)
    {
        IsHandshaking = true;
        _connection!.StartTlsAsClient(
            new SslClientAuthenticationOptions
            {
                TargetHost = target.HostName,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                // Opportunistic TLS takes any certificate (RFC 7435 §3): without it the mail would go in the clear
                RemoteCertificateValidationCallback = (_, _, _, errors) =>
                    (IsTlsVerified = errors == SslPolicyErrors.None) || policy != TlsPolicy.Verified,
            },
            context.Settings.Value.Timeouts.Tls, owner);
    }

    public void TlsEstablished() => (IsHandshaking, TlsName) = (false, _connection!.Tls ?? "none");

    /// <summary>From now on, so long.</summary>
    public void Wait(TimeSpan limit) => (_waitingSince, _limit) = (context.Clock.GetTimestamp(), limit);

    /// <summary>Closes; another may be opened afterwards.</summary>
    public void Close()
    {
        (IsHandshaking, IsTlsVerified, _isReading, _unread) = (false, false, false, 0);
        if (_connection is null) return;
        _connection.Dispose();
        _connection = null;
        DeliveryMetrics.Closed();
    }

    internal sealed record Opened(Connection Connection) : IDeadLetterSuppression;
}
