namespace Mta.Protocol.Smtp.Server;

/// <summary>Goes over the parameters of MAIL and RCPT: <c>*(SP keyword ["=" value])</c> (RFC 5321 §4.1.2).</summary>
internal ref struct ParameterReader(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    public ReadOnlySpan<byte> Keyword { get; private set; }
    public ReadOnlySpan<byte> Value { get; private set; }
    public bool HasValue { get; private set; }

    /// <summary>The reading ended at something that is no parameter.</summary>
    public bool IsMalformed { get; private set; }

    public bool Next()
    {
        _rest = _rest.TrimStart((byte)' ');
        if (_rest.IsEmpty || IsMalformed) return false;
        int end = _rest.IndexOf((byte)' ');
        var parameter = end < 0 ? _rest : _rest[..end];
        _rest = _rest[parameter.Length..];
        int equals = parameter.IndexOf((byte)'=');
        HasValue = equals >= 0;
        Keyword = HasValue ? parameter[..equals] : parameter;
        Value = HasValue ? parameter[(equals + 1)..] : default;
        IsMalformed = !IsKeyword(Keyword) || (HasValue && !IsValue(Value));
        return !IsMalformed;
    }

    private static bool IsKeyword(ReadOnlySpan<byte> keyword)
    {
        if (keyword.IsEmpty || keyword[0] == '-') return false;
        foreach (byte b in keyword)
            if (!char.IsAsciiLetterOrDigit((char)b) && b != '-') return false;
        return true;
    }

    // esmtp-value: any but "=", SP and controls; above 127 only where RFC 6531 §3.3 has it, which the parameter's own check decides
    private static bool IsValue(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return false;
        foreach (byte b in value)
            if (b is <= 32 or (byte)'=' or 127) return false;
        return true;
    }
}
