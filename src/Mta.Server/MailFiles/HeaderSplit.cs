using Microsoft.AspNetCore.WebUtilities;

namespace Mta.Server.MailFiles;

/// <summary>Keeps a message and counts the octets behind the empty line that ends its header.</summary>
internal sealed class HeaderSplit(int inMemory) : OctetFilter
{
    private readonly FileBufferingWriteStream _kept = new(inMemory);
    private bool _inBody, _isEmptyLine = true;

    public long BodyLength { get; private set; }

    public override void Write(ReadOnlySpan<byte> octets)
    {
        _kept.Write(octets);
        for (int i = 0; i < octets.Length && !_inBody; i++)
        {
            if (octets[i] == '\n')
            {
                _inBody = _isEmptyLine;
                _isEmptyLine = true;
                if (_inBody) BodyLength -= i + 1;
            }
            else if (octets[i] != '\r') _isEmptyLine = false;
        }
        if (_inBody) BodyLength += octets.Length;
    }

    public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => _kept.DrainBufferAsync(destination, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing) _kept.Dispose();
        base.Dispose(disposing);
    }

    public override async ValueTask DisposeAsync()
    {
        await _kept.DisposeAsync();
        await base.DisposeAsync();
    }
}
