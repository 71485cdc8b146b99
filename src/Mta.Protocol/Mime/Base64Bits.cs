namespace Mta.Protocol.Mime;

/// <summary>Base64 as it comes (RFC 2045 §6.8): whatever is no letter of it is passed over, and padding ends a group and not the text.</summary>
internal struct Base64Bits
{
    private const byte None = 0xFF;
    private static readonly byte[] Values = MakeValues();

    private int _bits;
    private int _count;

    /// <summary>Nothing of a group is pending.</summary>
    public readonly bool IsAtGroup => _count == 0;

    /// <param name="output">Room for three octets for each four of the input, and two more.</param>
    /// <param name="wrong">The first octet that is no letter, no white space, and no padding in its place; -1 for none.</param>
    /// <returns>Octets written.</returns>
    public int Decode(ReadOnlySpan<byte> input, Span<byte> output, out int wrong)
    {
        int length = 0;
        wrong = -1;
        for (int i = 0; i < input.Length; i++)
        {
            byte value = Values[input[i]];
            if (value != None)
            {
                _bits = _bits << 6 | value;
                if (++_count < 4) continue;
                output[length] = (byte)(_bits >> 16);
                output[length + 1] = (byte)(_bits >> 8);
                output[length + 2] = (byte)_bits;
                length += 3;
                (_bits, _count) = (0, 0);
            }
            else if (input[i] == '=')
            {
                // the second "=" of a group finds the group already written
                if (_count == 1 && wrong < 0) wrong = i;
                length += Flush(output[length..]);
            }
            else if (wrong < 0 && input[i] is not ((byte)'\r' or (byte)'\n' or (byte)' ' or (byte)'\t')) wrong = i;
        }
        return length;
    }

    /// <summary>The whole octets of a group that was cut off.</summary>
    public int Flush(Span<byte> output)
    {
        int length = 0;
        if (_count == 2) output[length++] = (byte)(_bits >> 4);
        if (_count == 3)
        {
            output[length++] = (byte)(_bits >> 10);
            output[length++] = (byte)(_bits >> 2);
        }
        (_bits, _count) = (0, 0);
        return length;
    }

    private static byte[] MakeValues()
    {
        var values = new byte[256];
        Array.Fill(values, None);
        var letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;
        for (int i = 0; i < letters.Length; i++) values[letters[i]] = (byte)i;
        return values;
    }
}
