namespace Mta.Queue;

/// <summary>
/// Writes the messages of a partition to its journal once more, some with each flush. What stood before the first of them is then not needed
/// and can be deleted. So the journal stays in proportion to the queue, and there is no snapshot whose pause and size grow with that.
/// </summary>
internal sealed class JournalCompaction(QueueState state)
{
    /// <summary>Entries of the journal for each message: with fewer, the same would be written more often; with more, a start takes longer.</summary>
    private const int MaxEntries = 3;

    private MessageTable.Cursor? _cursor;
    private long _last, _before, _entries;

    /// <summary>The batch is in the journal, or will be.</summary>
    public void Count(QueueBatch batch) => _entries += batch.Weight;

    /// <summary>The messages to write once more with the next batches; null while that is not worth it.</summary>
    /// <param name="lastSequenceNr">Of what is in the journal now.</param>
    /// <param name="from">Entries that a journal may have in any case.</param>
    public IReadOnlyList<MessageSnapshot>? Next(long lastSequenceNr, int from)
    {
        if (_cursor is null)
        {
            if (_entries < Math.Max(from, (long)MaxEntries * state.Count)) return null;
            (_cursor, _last, _before, _entries) = (new(), state.Messages.LastArrival, lastSequenceNr, 0);
        }
        return state.WriteAgain(_cursor, _last, QueueState.MaxBatch);
    }

    /// <summary>To be asked once the last batches are in the journal: up to where that can be deleted, if they ended a round.</summary>
    public long? TakeDeletable()
    {
        if (_cursor is null || _cursor.Arrival < _last) return null;
        _cursor = null;
        return _before;
    }
}
