using System.IO.Compression;

namespace Mta.Net;

/// <summary>
/// Compresses what goes over a connection, both ways (RFC 4978, RFC 1951), above TLS where there is TLS. Reading holds the window of the inflater and a
/// buffer of 8 KiB; what compressing holds is several times that, and is let go whenever the peer is waited for. Reads and writes are begun by one thread.
/// </summary>
internal sealed class DeflateLayer : IDisposable
{
    private readonly Packed _packed;
    private readonly DeflateStream _inflater;
    private DeflateStream? _deflater;
    private bool _isReading;
    private int _users = 1; // the connection, and a read that is under way: what is used must not be freed

    public DeflateLayer(Stream wire)
    {
        _packed = new(wire);
        _inflater = new(_packed, CompressionMode.Decompress);
    }

    /// <summary>What was read of the wire behind the last flush of the peer that was read.</summary>
    public ReadOnlyMemory<byte> Rest => _packed.Rest;

    /// <summary>Throws <see cref="InvalidDataException"/> for what is not compressed; 0 where the peer ended the stream, or the connection.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        LetGo();
        Interlocked.Increment(ref _users);
        _isReading = true;
        try
        {
            return await _inflater.ReadAsync(buffer).ConfigureAwait(false);
        }
        finally
        {
            _isReading = false;
            Leave();
        }
    }

    /// <summary>Sends all of it, so that the peer can read all of it: each ends with a sync flush.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        _deflater ??= new(_packed, CompressionLevel.Optimal, leaveOpen: true);
        _deflater.Write(bytes.Span);
        _deflater.Flush();
        // told while it is waited for
        if (_isReading) LetGo();
        await _packed.SendAsync().ConfigureAwait(false);
    }

    /// <summary>No memory of what was sent. The next that is sent begins a new block, which the peer reads without knowing.</summary>
    private void LetGo()
    {
        _packed.Drops = true; // a stream that is over says so, and this one is not
        _deflater?.Dispose();
        _deflater = null;
        _packed.Drops = false;
    }

    public void Dispose()
    {
        LetGo();
        Leave();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0) _inflater.Dispose();
    }

    /// <summary>The compressed octets.</summary>
    private sealed class Packed(Stream wire) : Stream
    {
        private const uint SyncFlush = 0x0000FFFF;

        private readonly OutputBuffer _output = new();
        private uint _last = uint.MaxValue; // four octets

        public ReadOnlyMemory<byte> Rest { get; private set; }

        /// <summary>What is written goes nowhere.</summary>
        public bool Drops { get; set; }

        public override bool CanRead => true;
        public override bool CanWrite => true;
        public override bool CanSeek => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        /// <summary>
        /// Up to the end of a flush, if there is one: so the inflater never swallows what the peer sent behind the last that it compressed
        /// (RFC 8437 §4.1). The same octets in the middle of a block do no harm.
        /// </summary>
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Rest.Length > 0)
            {
                int length = FlushedLength(Rest.Span[..Math.Min(Rest.Length, buffer.Length)]);
                Rest[..length].CopyTo(buffer);
                Rest = Rest[length..];
                return length;
            }
            int count = await wire.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            int end = FlushedLength(buffer.Span[..count]);
            Rest = buffer[end..count].ToArray();
            return end;
        }

        private int FlushedLength(ReadOnlySpan<byte> octets)
        {
            for (int i = 0; i < octets.Length; i++)
            {
                _last = (_last << 8) | octets[i];
                if (_last == SyncFlush) return i + 1;
            }
            return octets.Length;
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Drops) return;
            buffer.CopyTo(_output.GetSpan(buffer.Length));
            _output.Advance(buffer.Length);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        /// <summary>What was written, in one piece.</summary>
        public async ValueTask SendAsync()
        {
            await wire.WriteAsync(_output.Written).ConfigureAwait(false);
            _output.Clear();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
