using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Mta.Server.Web;

/// <summary>Reads messages with what is said of them. What is not as it must be is an <see cref="InvalidDataException"/>.</summary>
internal sealed class MessageFrames(PipeReader input, JsonSerializerOptions format)
{
    /// <summary>The line before the next message; null at the end.</summary>
    public async Task<MessageFrame?> NextAsync(CancellationToken cancel)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancel);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var frame = Parse(buffer.Slice(0, end).ToArray());
                input.AdvanceTo(buffer.GetPosition(1, end));
                return frame;
            }
            if (read.IsCompleted && buffer.IsEmpty)
            {
                input.AdvanceTo(buffer.End);
                return null;
            }
            if (read.IsCompleted || buffer.Length > MessageFrame.MaxLine) throw new InvalidDataException("a line about a message is expected");
            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Hands out the message's octets as they come.</summary>
    /// <param name="first">Octets that the first piece has at least, where there are so many.</param>
    public async Task CopyAsync(long size, int first, Action<ReadOnlySequence<byte>> take, CancellationToken cancel)
    {
        for (long left = size; left > 0; first = 1)
        {
            var read = await input.ReadAtLeastAsync((int)Math.Min(left, first), cancel);
            if (read.IsCompleted && read.Buffer.Length < Math.Min(left, first)) throw new InvalidDataException("the last message is not whole");
            var octets = read.Buffer.Slice(0, Math.Min(left, read.Buffer.Length));
            take(octets);
            left -= octets.Length;
            input.AdvanceTo(octets.End);
        }
    }

    private MessageFrame Parse(byte[] line)
    {
        try
        {
            return JsonSerializer.Deserialize<MessageFrame>(line, format) is { Mailbox: not null, Keywords: not null } frame && (frame.Size > 0 || frame is { Size: 0, Error: not null }) ? frame
                : throw new InvalidDataException("a message has a mailbox, keywords and at least one octet");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }
}
