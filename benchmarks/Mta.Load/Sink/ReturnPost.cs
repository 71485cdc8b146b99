using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;
using Mta.Protocol.Smtp.Server;

namespace Mta.Load.Sink;

/// <summary>
/// Mails back what became of accepted messages later: bounces and complaints, each after its delay, one after the other over one connection. The
/// queue is bounded; what does not fit is dropped and counted. A report that cannot be sent is tried again; what is left at the end is not sent.
/// </summary>
internal sealed class ReturnPost : IAsyncDisposable
{
    private const int Capacity = 10_000, MaxTries = 6;

    // Enough of a header to know the message by; Capacity of them are 40 MB.
    private const int MaxHeader = 4096;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50), FirstPause = TimeSpan.FromSeconds(1), SendLimit = TimeSpan.FromSeconds(30);

    private readonly EndPoint _target;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly PriorityQueue<ReturnedMail, long> _queue = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;
    private long _bounces, _complaints, _sent, _failed, _dropped, _last;

    public ReturnPost(EndPoint target, TimeProvider clock)
    {
        (_target, _clock) = (target, clock);
        _sending = SendAllAsync();
    }

    /// <summary>Takes an accepted message: bounces it for the recipients that do, and reports a complaint. Nothing comes back to the null reverse-path.</summary>
    public void Consider(ReturnedFrom from, IReadOnlyList<SmtpRecipient> recipients, Func<MailPath, bool> bounces, bool complains, ReadOnlySpan<byte> header)
    {
        // RFC 5321 §4.5.5: or two machines could talk for ever
        if (from.Transaction.ReversePath.Address.Length == 0) return;
        byte[]? kept = null;
        foreach (var recipient in recipients)
        {
            // RFC 3461 §4.1: NOTIFY decides, where it was said
            if (recipient.Parameters.Notify is not DsnNotify.Unspecified and var notify && !notify.HasFlag(DsnNotify.Failure)) continue;
            if (bounces(recipient.Path)) Add(new ReturnedMail.Bounce(from, recipient, kept ??= Cut(header)), from.Profile.BounceDelay / from.Profile.TimeScale, ref _bounces);
        }
        if (complains) Add(new ReturnedMail.Complaint(from, recipients[0], kept ?? Cut(header)), from.Profile.FeedbackDelay / from.Profile.TimeScale, ref _complaints);
    }

    public ReturnSummary Summarize()
    {
        lock (_gate)
        {
            return new()
            {
                Bounces = _bounces,
                Complaints = _complaints,
                Sent = _sent,
                Failed = _failed,
                Waiting = (int)(_bounces + _complaints - _sent - _failed - _dropped),
                Dropped = _dropped,
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        _stop.Dispose();
    }

    private void Add(ReturnedMail mail, TimeSpan delay, ref long made)
    {
        lock (_gate)
        {
            made++;
            if (_queue.Count < Capacity) _queue.Enqueue(mail, Due(delay));
            else _dropped++;
        }
    }

    private long Due(TimeSpan delay) => _clock.GetTimestamp() + (long)(delay.TotalSeconds * _clock.TimestampFrequency);

    private static byte[] Cut(ReadOnlySpan<byte> header) =>
        (header.Length <= MaxHeader ? header : header[..(header[..MaxHeader].LastIndexOf("\r\n"u8) + 2)]).ToArray();

    private ReturnedMail? Next()
    {
        lock (_gate) return _queue.TryPeek(out _, out long due) && due <= _clock.GetTimestamp() ? _queue.Dequeue() : null;
    }

    private async Task SendAllAsync()
    {
        using var timer = new PeriodicTimer(Tick, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                if (Next() is { } mail) await SendDueAsync(mail);
        }
        catch (OperationCanceledException)
        {
            // the end
        }
    }

    /// <summary>Sends this one and all that are due, over one connection.</summary>
    private async Task SendDueAsync(ReturnedMail first)
    {
        ReturnConnection? connection = null;
        try
        {
            for (var mail = first; mail is not null; mail = Next())
            {
                using var limit = new CancellationTokenSource(SendLimit, _clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
                SmtpReply? reply = null;
                try
                {
                    if (connection?.IsClosed == true)
                    {
                        connection.Dispose();
                        connection = null;
                    }
                    connection ??= await ReturnConnection.OpenAsync(_target, either.Token);
                    string id = string.Create(CultureInfo.InvariantCulture, $"{_clock.GetUtcNow().ToUnixTimeMilliseconds()}.{++_last}");
                    reply = SmtpPath.TryCreate(mail.To, allowUtf8: true, out var to)
                        ? await connection.SendAsync(to, mail.Compose(id, _clock.GetUtcNow()), either.Token)
                        : new(553, new(5, 1, 3), "an address that cannot be written");
                }
                catch (Exception e) when (e is SocketException or OperationCanceledException && !_stop.IsCancellationRequested)
                {
                    connection?.Dispose();
                    connection = null;
                }
                Settle(mail, reply);
                // a host that is not there is not to be asked for each of ten thousand reports
                if (connection is null) return;
            }
            using var quitLimit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            quitLimit.CancelAfter(FirstPause);
            if (connection is not null) await connection.QuitAsync(quitLimit.Token);
        }
        catch (SocketException)
        {
            // how a server says goodbye is all the same
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            // the same
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <summary>Counts it, or puts it back for another try.</summary>
    private void Settle(ReturnedMail mail, SmtpReply? reply)
    {
        lock (_gate)
        {
            if (reply is { IsPositive: true }) _sent++;
            else if (reply is { IsPermanent: true } || mail.Tries + 1 == MaxTries) _failed++;
            else if (_queue.Count < Capacity) _queue.Enqueue(mail with { Tries = mail.Tries + 1 }, Due(FirstPause * (1 << mail.Tries)));
            else _dropped++;
        }
    }
}
