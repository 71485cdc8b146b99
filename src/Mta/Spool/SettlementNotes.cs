using System.Buffers;
using System.Buffers.Binary;
using Mta.Mail;

namespace Mta.Spool;

/// <summary>
/// The notes of settled recipients that are not in the log yet, in the form in which they will be: blocks that become one record each. Note:
/// <c>queue (2) | settlement (1) | number of recipients (4) | message id (8) | recipients (4 each)</c>.
/// </summary>
internal sealed class SettlementNotes(int capacity)
{
    public const int BlockSize = 32 * 1024;
    internal const int FixedLength = 15;
    private readonly Lock _gate = new();
    private readonly List<SettlementBlock> _blocks = [];
    private ArrayBufferWriter<byte> _open = new(1024);
    private int _openCount;
    private long _bytes;
    private long _dropped;

    public bool IsEmpty => Volatile.Read(ref _bytes) == 0;

    /// <summary>So much has gathered that it should not wait for the interval.</summary>
    public bool IsPressing => Volatile.Read(ref _bytes) >= BlockSize;

    /// <summary>
    /// Notes that found no room because the disk failed for long. A crash now would cost duplicates of these, where the queue's journal has
    /// not got them either.
    /// </summary>
    public long Dropped => Volatile.Read(ref _dropped);

    public void Add(int queue, MessageId id, ReadOnlySpan<int> recipients, Settlement settlement)
    {
        int length = FixedLength + recipients.Length * sizeof(int);
        lock (_gate)
        {
            if (_bytes + length > capacity)
            {
                _dropped++;
                return;
            }
            if (_openCount > 0 && _open.WrittenCount + length > BlockSize) CloseBlock();
            var note = _open.GetSpan(length);
            BinaryPrimitives.WriteUInt16LittleEndian(note, (ushort)queue);
            note[2] = (byte)settlement;
            BinaryPrimitives.WriteInt32LittleEndian(note[3..], recipients.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(note[7..], id.Value);
            for (int i = 0; i < recipients.Length; i++)
                BinaryPrimitives.WriteInt32LittleEndian(note[(FixedLength + i * sizeof(int))..], recipients[i]);
            _open.Advance(length);
            _openCount++;
            _bytes += length;
        }
    }

    /// <summary>Moves all notes into <paramref name="blocks"/>; whoever cannot write them gives them back.</summary>
    public void TakeInto(List<SettlementBlock> blocks)
    {
        if (IsEmpty) return;
        lock (_gate)
        {
            if (_openCount > 0) CloseBlock();
            blocks.AddRange(_blocks);
            _blocks.Clear();
            _bytes = 0;
        }
    }

    /// <summary>Takes back, before what has come since, a block that could not be written.</summary>
    public void PutBack(SettlementBlock block)
    {
        lock (_gate)
        {
            _blocks.Insert(0, block);
            _bytes += block.Bytes.Length;
        }
    }

    private void CloseBlock()
    {
        _blocks.Add(new(_open.WrittenMemory, _openCount));
        _open = new(_open.WrittenCount);
        _openCount = 0;
    }
}

/// <summary>Notes that go into one record.</summary>
internal sealed record SettlementBlock(ReadOnlyMemory<byte> Bytes, int Count);

/// <summary>Reads the notes of a record.</summary>
internal ref struct SettlementReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private ReadOnlySpan<byte> _recipients;

    public int Queue { get; private set; }
    public MessageId Id { get; private set; }
    public Settlement Settlement { get; private set; }

    public bool Read()
    {
        if (_rest.Length < SettlementNotes.FixedLength) return false;
        int count = BinaryPrimitives.ReadInt32LittleEndian(_rest[3..]);
        if (count < 0 || count > (_rest.Length - SettlementNotes.FixedLength) / sizeof(int)) return false;
        (Queue, Settlement) = (BinaryPrimitives.ReadUInt16LittleEndian(_rest), (Settlement)_rest[2]);
        Id = new(BinaryPrimitives.ReadUInt64LittleEndian(_rest[7..]));
        _recipients = _rest.Slice(SettlementNotes.FixedLength, count * sizeof(int));
        _rest = _rest[(SettlementNotes.FixedLength + _recipients.Length)..];
        return true;
    }

    public readonly int[] Recipients()
    {
        int[] recipients = new int[_recipients.Length / sizeof(int)];
        for (int i = 0; i < recipients.Length; i++) recipients[i] = BinaryPrimitives.ReadInt32LittleEndian(_recipients[(i * sizeof(int))..]);
        return recipients;
    }
}
