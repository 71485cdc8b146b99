using System.Buffers;
using Akka.Actor;
using Mta.Protocol.Smtp.Client;

namespace Mta.Delivery;

/// <summary>Sends one body over a connection, piece by piece, and no faster than the connection takes them.</summary>
/// <param name="isText">Lines, of which the ends are checked; otherwise the octets go as they are (BINARYMIME, RFC 3030 §3).</param>
internal sealed class BodySender(BodyReader body, BodyForm form, bool isText, OutgoingConnection wire, DeliveryContext context, IActorRef owner)
{
    private DotStuffer _stuffer = new(stuffs: form == BodyForm.Data);

    /// <summary>
    /// Goes on until the write or the read from the disk has to be waited for: call it again when the owner was told of that. A body at hand
    /// is written to the output only, so that it leaves with what comes before and after it.
    /// </summary>
    public Outcome Send(BodyReader.PieceRead? read = null)
    {
        while (!wire.IsWriting)
        {
            if (read is null && !body.IsInMemory)
            {
                body.ReadNext(owner);
                break;
            }
            var piece = read is null ? body.Next() : body.Take(read);
            read = null;
            if (!Write(piece)) return Outcome.Unclean;
            if (piece.IsEmpty) return Outcome.Finished;
            if (body.IsAtHand) continue;
            wire.Wait(context.Settings.Value.Timeouts.Body);
            wire.Flush();
        }
        return Outcome.Waiting;
    }

    private bool Write(ReadOnlySpan<byte> piece)
    {
        // room for the dots of a usual text at once
        wire.Output.Reserve(piece.Length + piece.Length / 32 + 64);
        if (isText) return piece.IsEmpty ? _stuffer.Finish(wire.Output) : _stuffer.Write(piece, wire.Output);
        wire.Output.Write(piece);
        return true;
    }

    internal enum Outcome : byte
    {
        Waiting,
        Finished,

        /// <summary>There is a bare CR or LF: nothing more may be sent.</summary>
        Unclean,
    }
}
