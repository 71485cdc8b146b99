using System.Text;
using Mta.Protocol.Smtp.Client;

namespace Mta.Load;

/// <summary>An address with the merge fields <c>{n}</c> and <c>{domain}</c>, such as <c>user{n}@{domain}</c>; empty for the null reverse-path.</summary>
public sealed class AddressPattern
{
    private readonly MergeText _text;

    private AddressPattern(string text) => (Text, _text) = (text, MergeText.Parse(Encoding.ASCII.GetBytes(text)));

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern whose every address can go over the wire; a <see cref="FormatException"/> if one could not.</summary>
    public static AddressPattern Parse(string text)
    {
        if (text is "" or "<>") return new("");
        string sample = text.Replace("{n}", "1", StringComparison.Ordinal).Replace("{domain}", "d1.test", StringComparison.Ordinal);
        // A brace is legal in an address, but here it is always a field that was misspelt. An address that has to be quoted would not be what was asked for.
        if (sample.AsSpan().ContainsAny('{', '}') || !Ascii.IsValid(sample) || sample.Length > 240
            || !SmtpPath.TryCreate(sample, allowUtf8: false, out var path) || path.Text != sample)
            throw new FormatException($"\"{text}\" is not an address pattern such as user{{n}}@{{domain}} (fields: {{n}}, {{domain}})");
        return new(text);
    }

    /// <summary>The address of the message or recipient with this number.</summary>
    public string Format(long number, string domain)
    {
        Span<byte> target = stackalloc byte[_text.MaxLength];
        return Encoding.ASCII.GetString(target[..Write(target, number, Encoding.ASCII.GetBytes(domain))]);
    }

    internal int Write(Span<byte> target, long number, ReadOnlySpan<byte> domain) =>
        _text.Write(target, new MergeValues { Number = number, Domain = domain });
}
