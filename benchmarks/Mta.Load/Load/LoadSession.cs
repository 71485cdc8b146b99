using System.Buffers;
using System.Net;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;
using Mta.Protocol.Text;

namespace Mta.Load;

/// <summary>One of a run's sessions: connects, sends the messages that it gets tickets for, connects again when the connection is lost or used up.</summary>
internal sealed class LoadSession(int id, LoadOptions options, IPEndPoint target, Composer composer, Tickets tickets, Statistics statistics, TimeProvider time)
{
    // A message up to this size goes out in one piece; what is larger is sent from where it is.
    private const int MaxPiece = 64 * 1024;
    private const int MaxBdat = 32;
    private const int MaxBackoffDoublings = 5;

    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(50);
    private static readonly byte[] DotLine = ".\r\n"u8.ToArray(), Rset = "RSET\r\n"u8.ToArray(), QuitLine = "QUIT\r\n"u8.ToArray(), DataLine = "DATA\r\n"u8.ToArray();

    private LoadConnection? _connection;
    private EhloCapabilities _offered = EhloCapabilities.None;
    private Stage _stage;
    private int _sent;
    private int _failures;

    /// <summary>Connects before the clock starts, so that the first messages do not pay for it. Null, or why it could not.</summary>
    public async Task<LoadException?> Open()
    {
        try
        {
            await Connect().ConfigureAwait(false);
            return null;
        }
        catch (LoadException failure)
        {
            Drop();
            statistics.ConnectionFailed(_stage, failure);
            return failure;
        }
    }

    /// <summary>Sends until there are no more tickets.</summary>
    public async Task Run()
    {
        while (await tickets.Next().ConfigureAwait(false) is { Number: > 0 } ticket)
        {
            var wait = options.Arrivals is null ? TimeSpan.Zero : time.GetElapsedTime(ticket.Start);
            try
            {
                if (_connection is null) await Connect().ConfigureAwait(false);
                await Transact(_connection!, ticket, wait).ConfigureAwait(false);
                _failures = 0;
                if (++_sent == options.MessagesPerConnection) await Quit().ConfigureAwait(false);
            }
            catch (LoadException failure)
            {
                Drop();
                statistics.MessageFailed(_stage, failure);
                // a server that refuses all connections is not to be asked as fast as the processor can
                if (_stage <= Stage.Ehlo)
                    await Task.Delay(FirstBackoff * (1 << Math.Min(_failures++, MaxBackoffDoublings)), time, CancellationToken.None).ConfigureAwait(false);
            }
        }
        await Quit().ConfigureAwait(false);
    }

    public void CloseIfLate(long now) => Volatile.Read(ref _connection)?.CloseIfLate(now);

    private async ValueTask Connect()
    {
        _stage = Stage.Connect;
        _sent = 0;
        long start = time.GetTimestamp();
        var connection = new LoadConnection(options, target, time);
        Volatile.Write(ref _connection, connection);
        statistics.Connecting();
        await connection.Connect(options.SourceAddresses.IsEmpty ? null : options.SourceAddresses[id % options.SourceAddresses.Length]).ConfigureAwait(false);
        if (options.Tls == TlsMode.Implicit) await connection.StartTls().ConfigureAwait(false);
        var greeting = await connection.Read().ConfigureAwait(false);
        if (!greeting.IsPositive) throw new LoadException(greeting);
        long greeted = time.GetTimestamp();
        _stage = Stage.Ehlo;
        _offered = await new Introduction(connection, options).Run().ConfigureAwait(false);
        statistics.Connected(time.GetElapsedTime(start, greeted), time.GetElapsedTime(greeted));
    }

    private async ValueTask Transact(LoadConnection connection, Ticket ticket, TimeSpan wait)
    {
        var template = composer.Template(ticket.Number);
        bool pipelines = options.Pipelining && _offered.Pipelining;
        long start = time.GetTimestamp();
        var envelope = await SendEnvelope(connection, ticket.Number, template.IsEightBit && _offered.EightBitMime, pipelines).ConfigureAwait(false);
        bool isGoing = options.Bdat && envelope.Accepted > 0;
        TimeSpan data = default;
        if (!options.Bdat && (pipelines || envelope.Accepted > 0))
        {
            _stage = Stage.Data;
            if (!pipelines)
            {
                start = time.GetTimestamp();
                await connection.Send(DataLine).ConfigureAwait(false);
            }
            var reply = await connection.Read().ConfigureAwait(false);
            data = time.GetElapsedTime(start);
            if (envelope.Accepted > 0) isGoing = Accepts(reply, Stage.Data);
            // RFC 2920 §3.1: DATA was accepted for nobody; an empty message takes it back
            else if (reply.IsIntermediate) await Say(connection, DotLine).ConfigureAwait(false);
        }
        if (!isGoing)
        {
            statistics.MessageRefused(options.Recipients);
            if (envelope.IsMailAccepted) await Say(connection, Rset).ConfigureAwait(false);
            return;
        }

        _stage = Stage.Final;
        start = time.GetTimestamp();
        long octets = await SendMessage(connection, template, ticket.Number).ConfigureAwait(false);
        int delivered = 0;
        // RFC 2033 §4.2: a reply for each recipient that was accepted
        for (int i = 0; i < (options.Lmtp ? envelope.Accepted : 1); i++)
            if (Accepts(await connection.Read().ConfigureAwait(false), Stage.Final)) delivered += options.Lmtp ? 1 : envelope.Accepted;
        long end = time.GetTimestamp();
        statistics.Message(new MessageTimes(wait, envelope.Mail, envelope.Rcpt, data, time.GetElapsedTime(start, end), time.GetElapsedTime(ticket.Start, end)),
            octets, delivered, options.Recipients - delivered);
    }

    /// <summary>MAIL and RCPT; where the server takes them in one packet, DATA too, whose reply is left to be read.</summary>
    private async ValueTask<(bool IsMailAccepted, int Accepted, TimeSpan Mail, TimeSpan Rcpt)> SendEnvelope(
        LoadConnection connection, long number, bool isEightBit, bool pipelines)
    {
        _stage = Stage.Mail;
        byte[] commands = ArrayPool<byte>.Shared.Rent(Composer.MaxCommand * (pipelines ? options.Recipients + 1 : 1) + DataLine.Length);
        try
        {
            int length = composer.Mail(commands, number, isEightBit);
            if (pipelines)
            {
                for (int i = 0; i < options.Recipients; i++) length += composer.Rcpt(commands.AsSpan(length), number, i);
                if (!options.Bdat)
                {
                    DataLine.CopyTo(commands, length);
                    length += DataLine.Length;
                }
            }
            long start = time.GetTimestamp();
            await connection.Send(commands.AsMemory(0, length)).ConfigureAwait(false);
            bool isMailAccepted = Accepts(await connection.Read().ConfigureAwait(false), Stage.Mail);
            var mail = time.GetElapsedTime(start);

            _stage = Stage.Rcpt;
            int accepted = 0;
            // what is pipelined is answered whether MAIL was accepted or not
            for (int i = 0; (isMailAccepted || pipelines) && i < options.Recipients; i++)
            {
                if (!pipelines)
                {
                    start = time.GetTimestamp();
                    await connection.Send(commands.AsMemory(0, composer.Rcpt(commands, number, i))).ConfigureAwait(false);
                }
                var reply = await connection.Read().ConfigureAwait(false);
                if (isMailAccepted && Accepts(reply, Stage.Rcpt)) accepted++;
            }
            return (isMailAccepted, accepted, mail, time.GetElapsedTime(start));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(commands);
        }
    }

    private static async ValueTask Say(LoadConnection connection, byte[] command)
    {
        await connection.Send(command).ConfigureAwait(false);
        await connection.Read().ConfigureAwait(false);
    }

    private async ValueTask<long> SendMessage(LoadConnection connection, MessageTemplate template, long number)
    {
        // BDAT says how long the message is: its command is put in front of the head when that is known
        int room = options.Bdat ? MaxBdat : 0;
        var (most, longestEnd) = template.Fill(number, 0);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(room + template.MaxHead + (int)Math.Min(most + longestEnd.Length, MaxPiece) + 2 * DotLine.Length);
        try
        {
            int head = composer.Head(buffer.AsSpan(room), template, number, id);
            var (tail, end) = template.Fill(number, head);
            long octets = head + tail + end.Length;
            int start = room, length = room + head;
            if (options.Bdat) start -= WriteBdat(buffer.AsSpan(0, room), octets);
            for (long left = tail; left > 0;)
            {
                var piece = template.Tail[..(int)Math.Min(left, template.Tail.Length)];
                left -= piece.Length;
                if (length + piece.Length + 2 * DotLine.Length <= buffer.Length)
                {
                    piece.CopyTo(buffer.AsMemory(length));
                    length += piece.Length;
                    continue;
                }
                if (length > start) await connection.Send(buffer.AsMemory(start, length - start)).ConfigureAwait(false);
                start = length = 0;
                await connection.Send(piece).ConfigureAwait(false);
            }
            if (length + end.Length + DotLine.Length > buffer.Length)
            {
                // large attachments are sent from where they are
                if (length > start) await connection.Send(buffer.AsMemory(start, length - start)).ConfigureAwait(false);
                start = length = 0;
                await connection.Send(end).ConfigureAwait(false);
            }
            else
            {
                end.CopyTo(buffer.AsMemory(length));
                length += end.Length;
            }
            if (!options.Bdat)
            {
                DotLine.CopyTo(buffer, length);
                length += DotLine.Length;
            }
            if (length > start) await connection.Send(buffer.AsMemory(start, length - start)).ConfigureAwait(false);
            return octets;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes the command so that it ends where the room does, and returns its length.</summary>
    private static int WriteBdat(Span<byte> room, long octets)
    {
        Span<byte> text = stackalloc byte[MaxBdat];
        var writer = new SpanWriter(text);
        writer.Write("BDAT "u8);
        writer.Write(octets);
        writer.Write(" LAST\r\n"u8);
        text[..writer.Length].CopyTo(room[^writer.Length..]);
        return writer.Length;
    }

    private bool Accepts(SmtpReply reply, Stage stage)
    {
        if (stage == Stage.Data ? reply.IsIntermediate : reply.IsPositive) return true;
        // RFC 5321 §3.8: after 421 the server closes, whatever was still to be said
        if (reply.Code == 421) throw new LoadException(reply);
        statistics.Refused(stage, reply);
        return false;
    }

    private async ValueTask Quit()
    {
        if (_connection is not { } connection) return;
        try
        {
            await connection.Send(QuitLine).ConfigureAwait(false);
            await connection.Read().ConfigureAwait(false);
        }
        catch (LoadException)
        {
            // all messages are answered; how a server says goodbye is no error of theirs
        }
        Drop();
    }

    private void Drop()
    {
        if (Interlocked.Exchange(ref _connection, null) is not { } connection) return;
        connection.Dispose();
        statistics.Disconnected();
    }
}
