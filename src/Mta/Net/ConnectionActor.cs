using System.Buffers;
using System.Net;
using Akka.Actor;
using Mta.Protocol.Proxy;

namespace Mta.Net;

/// <summary>
/// One connection from a client, whatever it speaks: a PROXY header, TLS, octets in and out, time-outs, an orderly end. What they mean its heirs know. It
/// reads only when everything read before has been dealt with and what is to be sent is on its way, so a client that is faster than we are waits in
/// TCP. Stops itself when all that was under way has ended; never restarts.
/// </summary>
/// <param name="proxied">The connection begins with a PROXY header.</param>
/// <param name="tlsFirst">TLS begins before anything else: what is behind a PROXY header is its own.</param>
internal abstract partial class ConnectionActor(Connection connection, bool proxied, bool tlsFirst, ConnectionTerms terms) : UntypedActor
{
    // what a client may still send after our last line
    private const int MaxDrained = 65536;

    /// <summary>What comes once all is sent.</summary>
    protected enum After : byte
    {
        Read,

        /// <summary>There is more to send: <see cref="Step"/>, and nothing is read before.</summary>
        Step,
        Handshake,
        BeginCompression,
        EndCompression,
        Close,
    }

    private byte[] _buffer = [];
    private int _start, _end;
    private bool _filled; // by the last read
    private bool _reading, _met, _isClosed;
    private int _underWay; // reads, writes and handshakes that will still be told of
    private After _afterSending;
    private int _drained; // octets thrown away while closing

    protected Connection Connection => connection;
    protected OutputBuffer Output { get; } = new();

    /// <summary>Who the client is: what its proxy says, where there is one.</summary>
    protected IPAddress Client { get; private set; } = connection.Remote.Address;

    /// <summary>What was read and not yet dealt with.</summary>
    protected ReadOnlySpan<byte> Input => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Octets read since the connection began.</summary>
    protected long ReceivedOctets { get; private set; }

    /// <summary>A read is under way.</summary>
    protected bool IsReading => _reading;

    /// <summary>A write is under way.</summary>
    protected bool IsSending { get; private set; }

    /// <summary>It is within something that should not be cut off for a shutdown while there is time.</summary>
    protected abstract bool IsBusy { get; }

    /// <summary>How long we wait for the client now.</summary>
    protected abstract TimeSpan CommandTimeout { get; }

    /// <summary>The size of the buffer for the next read, a power of two.</summary>
    /// <param name="filled">The last read filled its own.</param>
    protected abstract int BufferSize(bool filled);

    /// <summary>We know who the client is: greet it, or shake hands.</summary>
    protected abstract void Met();

    /// <summary>TLS is active; nothing is read of what came before.</summary>
    protected abstract void Secured();

    /// <summary>Deals with <see cref="Input"/>, until it is used up or something has to be waited for; ends with <see cref="Flush"/> or a question.</summary>
    protected abstract void Step();

    /// <summary>The client let us wait for too long.</summary>
    protected abstract void TimeOut();

    /// <summary>Says goodbye because we are shutting down.</summary>
    protected abstract void ShutDown();

    /// <summary>The listener has come under stress: who is waited for has from now on no more time than those who come next.</summary>
    protected abstract void Hurry();

    /// <summary>The connection ends: so does what it was about.</summary>
    protected abstract void Ending(string reason);

    protected override void PreStart()
    {
        StartClock();
        if (!proxied)
        {
            _met = true;
            Met();
            return;
        }
        Become(AwaitingProxyHeader);
        SetDeadline(terms.Handshake);
        Read();
    }

    protected override void PostStop()
    {
        StopClock();
        connection.Dispose();
        DropQuestions();
        if (_underWay > 0) return; // the system is going down: what a read or write still uses must not be given to others
        Output.Clear();
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
    }

    protected override void OnReceive(object message) => Unhandled(message);

    private void AwaitingProxyHeader(object message)
    {
        switch (message)
        {
            case NetProtocol.Received { Count: > 0 } received:
                Take(received);
                switch (ProxyHeader.TryRead(_buffer.AsSpan(0, _end), out var header, out _start))
                {
                    case ProxyHeaderResult.NeedMore when _end < _buffer.Length: Read(); break;
                    case ProxyHeaderResult.Complete:
                        _met = true;
                        Client = header.Source?.Address ?? connection.Remote.Address;
                        Met();
                        break;
                    default: Abandon("bad PROXY header"); break;
                }
                break;
            case Tick when IsDue(): Abandon("no PROXY header"); break;
            case ListenerProtocol.Drain: Abandon("shutting down"); break;
            default: Common(message); break;
        }
    }

    /// <summary>While it reads, or sends.</summary>
    protected virtual void Talking(object message)
    {
        switch (message)
        {
            case NetProtocol.Received { Count: > 0 } received:
                Take(received);
                Step();
                break;
            case NetProtocol.Sent:
                IsSending = false;
                _underWay--;
                Output.Clear();
                Continue(_afterSending);
                break;
            case Tick when IsDue(): TimeOut(); break;
            case ListenerProtocol.Hurry: Hurry(); break;
            case ListenerProtocol.Drain drain:
                BeginDrain(drain.Grace);
                if (!IsBusy && !IsSending) ShutDown();
                break;
            default: Common(message); break;
        }
    }

    protected void Take(NetProtocol.Received received)
    {
        _reading = false;
        _underWay--;
        _end += received.Count;
        _filled = _end == _buffer.Length;
        ReceivedOctets += received.Count;
    }

    /// <summary>So many octets of <see cref="Input"/> have been dealt with.</summary>
    protected void Consume(int octets) => _start += octets;

    /// <summary>Sends the output, and goes on when that is done.</summary>
    protected void Flush(After then)
    {
        if (TrySend(then)) Continue(then);
    }

    /// <summary>Sends the output: true when that is done already; otherwise <paramref name="then"/> comes when it is.</summary>
    protected bool TrySend(After then)
    {
        if (!Output.IsEmpty && !connection.Send(Output.Written, Self))
        {
            IsSending = true;
            _underWay++;
            _afterSending = then;
            return false;
        }
        Output.Clear();
        return true;
    }

    private void Continue(After then)
    {
        switch (then)
        {
            case After.Read when _draining && !IsBusy:
                ShutDown();
                break;
            case After.Read:
                ReadAnew();
                break;
            case After.Step:
                Step();
                break;
            case After.Handshake:
                Handshake();
                break;
            case After.BeginCompression:
                connection.BeginCompression();
                Continue(After.Read);
                break;
            case After.EndCompression:
                connection.EndCompression();
                Continue(After.Read);
                break;
            default:
                connection.EndSending();
                if (!_reading) Read();
                break;
        }
    }

    /// <summary>All that was read has been dealt with: reads on.</summary>
    protected void ReadAnew()
    {
        _start = _end = 0;
        Read();
    }

    /// <summary>Reads behind what is in the buffer, which is empty but for the start of a PROXY header.</summary>
    private void Read()
    {
        if (_reading) return;
        int size = BufferSize(_filled);
        if (_buffer.Length != size && _end == 0)
        {
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(size);
        }
        _reading = true;
        _underWay++;
        // what is behind a PROXY header is not ours to take where TLS begins there: so an octet at a time
        bool isHeader = tlsFirst && !_met;
        connection.Receive(isHeader ? _buffer.AsMemory(_end, 1) : _buffer.AsMemory(_end), Self);
    }

    /// <summary>TLS, after a command for it or before the greeting (RFC 8314 §3).</summary>
    protected void Handshake()
    {
        if (terms.Tls is not { } tls)
        {
            Abandon("no certificate");
            return;
        }
        Become(ShakingHands);
        _underWay++;
        connection.StartTlsAsServer(tls, terms.Handshake, Self);
    }

    private void ShakingHands(object message)
    {
        switch (message)
        {
            case NetProtocol.TlsEstablished:
                _underWay--;
                _start = _end = 0;
                Become(Talking);
                SetCommandDeadline();
                Secured();
                break;
            case Tick: IsDue(); break; // the handshake has a limit of its own
            case ListenerProtocol.Drain drain: BeginDrain(drain.Grace); break;
            default: Common(message); break;
        }
    }

    /// <summary>What ends the connection in every state but <see cref="Closing"/>.</summary>
    protected void Common(object message)
    {
        switch (message)
        {
            case NetProtocol.Received: // 0: the client closed
                _reading = false;
                _underWay--;
                Abandon("closed by client");
                break;
            case NetProtocol.Broken broken:
                _underWay--;
                Abandon(broken.Reason);
                break;
            case Tick or ListenerProtocol.Hurry: break; // too early; waits for something with a short limit of its own
            default: Unhandled(message); break;
        }
    }

    /// <summary>Sends what is to be sent, then waits a little for the client to close: its unread octets would make the system drop our last line.</summary>
    protected void Close(string reason)
    {
        Ending(reason);
        Become(Closing);
        _sessionEnd = long.MaxValue; // which may be why we close
        SetDeadline(terms.Linger);
        Flush(After.Close);
    }

    /// <summary>Closes without a word: there is no one left, or no one to be polite to.</summary>
    protected void Abandon(string reason)
    {
        Ending(reason);
        ConnectionLog.Disconnected(terms.Log, reason, Client);
        connection.Dispose();
        Become(Closing);
        StopWhenQuiet();
    }

    private void Closing(object message)
    {
        switch (message)
        {
            case NetProtocol.Sent:
                IsSending = false;
                _underWay--;
                Output.Clear();
                Continue(After.Close);
                break;
            case NetProtocol.Received { Count: > 0 } received when (_drained += received.Count) <= MaxDrained:
                _reading = false;
                _underWay--;
                _end = 0;
                Read();
                break;
            case NetProtocol.Received or NetProtocol.Broken:
                _reading = false;
                _underWay--;
                connection.Dispose();
                StopWhenQuiet();
                break;
            case Tick when IsDue():
                connection.Dispose();
                StopWhenQuiet();
                break;
            case Tick or ListenerProtocol.Drain or ListenerProtocol.Hurry: break;
            default: Unhandled(message); break;
        }
    }

    /// <summary>Somebody uses the output, or else of what this connection has: it does not stop before <see cref="EndWork"/>.</summary>
    protected void BeginWork() => _underWay++;

    /// <inheritdoc cref="BeginWork"/>
    protected void EndWork()
    {
        _underWay--;
        if (_isClosed) StopWhenQuiet();
    }

    private void StopWhenQuiet()
    {
        _isClosed = true;
        if (_underWay == 0) Context.Stop(Self);
    }
}
