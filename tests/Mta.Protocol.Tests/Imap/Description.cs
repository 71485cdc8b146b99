using System.Collections;
using System.Globalization;
using System.Text;
using Mta.Protocol.Imap;

namespace Mta.Protocol.Tests.Imap;

/// <summary>What a record says, in one line: its name and what is not nothing, false or none.</summary>
internal static class Description
{
    public static string Of(object? value) => value switch
    {
        null => "nil",
        string text => $"\"{Escape(text)}\"",
        bool truth => truth ? "true" : "false",
        Enum or ImapSet => value.ToString()!,
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture),
        ReadOnlyMemory<byte> octets => $"'{Escape(Encoding.Latin1.GetString(octets.Span))}'",
        KeyValuePair<string, string?> pair => $"{Of(pair.Key)}={Of(pair.Value)}",
        KeyValuePair<string, long> pair => $"{Of(pair.Key)}={Of(pair.Value)}",
        KeyValuePair<string, ReadOnlyMemory<byte>?> pair => $"{Of(pair.Key)}={Of(pair.Value)}",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Of))}]",
        IFormattable number when value.GetType().IsPrimitive => number.ToString(null, CultureInfo.InvariantCulture),
        _ => Record(value),
    };

    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (char c in text)
        {
            if (c is < ' ' or '\x7F' or (>= '\x80' and < '\xA0')) escaped.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:X2}");
            else escaped.Append(c);
        }
        return escaped.ToString();
    }

    private static string Record(object value)
    {
        var type = value.GetType();
        var constructor = type.GetConstructors().MaxBy(constructor => constructor.GetParameters().Length);
        var parts = from parameter in constructor?.GetParameters() ?? []
                    let part = type.GetProperty(parameter.Name!)!.GetValue(value)
                    where part is not (null or false or IList { Count: 0 }) && part.ToString() != "None" && part is not ImapFlags { System: 0, Keywords.Count: 0 }
                    select $"{parameter.Name}: {Of(part)}";
        return $"{type.Name.Replace("Command", "", StringComparison.Ordinal)}({string.Join(", ", parts)})";
    }
}
