namespace Mta.Server.MailFiles;

/// <summary>
/// Lines that begin with From and a space would begin another message in an mbox: they are quoted by one &gt; more, whatever number they have (mboxrd), or
/// that one is taken off.
/// </summary>
internal sealed class FromLines(Stream output, bool quote) : OctetFilter
{
    private static ReadOnlySpan<byte> From => "From "u8;

    // how much of it has been seen at the start of this line; -1 behind it
    private int _matched;
    private bool _holdsQuote;

    /// <summary>Octets that went on.</summary>
    public long Count { get; private set; }

    public byte Last { get; private set; }

    public override void Write(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_matched < 0)
            {
                int end = octets.IndexOf((byte)'\n') + 1;
                Pass(end == 0 ? octets : octets[..end]);
                if (end == 0) return;
                _matched = 0;
                octets = octets[end..];
                continue;
            }
            byte octet = octets[0];
            if (octet == From[_matched])
            {
                if (++_matched == From.Length) End(isFrom: true);
            }
            else if (octet == '>' && _matched == 0)
            {
                // of several it does not matter which one is held back
                if (quote || _holdsQuote) Pass(">"u8);
                else _holdsQuote = true;
            }
            else
            {
                End(isFrom: false);
                continue;
            }
            octets = octets[1..];
        }
    }

    public override void Flush()
    {
        if (_matched >= 0) End(isFrom: false);
    }

    private void End(bool isFrom)
    {
        if (isFrom ? quote : _holdsQuote) Pass(">"u8);
        Pass(From[.._matched]);
        (_matched, _holdsQuote) = (-1, false);
    }

    private void Pass(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty) return;
        output.Write(octets);
        (Count, Last) = (Count + octets.Length, octets[^1]);
    }
}
