using System.Text;

namespace Mta.Config;

/// <summary>
/// Finds where each key of a HOCON text stands. The parser that reads the values keeps no positions, and an operator who mistyped a key
/// wants its line. Tolerant: what is malformed is the parser's to report.
/// </summary>
internal sealed class HoconKeys
{
    private const int MaxDepth = 64;
    private readonly string _text;
    private readonly List<Key> _keys = [];
    private int _at;
    private int _line = 1;

    /// <param name="Path">Dotted, list items as <c>[]</c>: <c>mta.relay.routes[].domain</c>.</param>
    /// <param name="Line">1 is the first.</param>
    public readonly record struct Key(string Path, int Line);

    private HoconKeys(string text) => _text = text;

    /// <summary>All keys of the text, in its order.</summary>
    public static IReadOnlyList<Key> Find(string text)
    {
        var keys = new HoconKeys(text);
        while (keys._at < text.Length)
        {
            keys.Object("", 0);
            keys._at++; // a stray brace
        }
        return keys._keys;
    }

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private void Object(string prefix, int depth)
    {
        while (true)
        {
            Skip(",");
            if (Current is '\0' or '}' or ']') return;
            if (Current == '{')
            {
                // the outermost braces of a JSON-like text
                Nested('}', () => Object(prefix, depth + 1), depth);
                continue;
            }
            int line = _line;
            string name = Name();
            string path = prefix.Length == 0 ? name : $"{prefix}.{name}";
            if (name.Length > 0) _keys.Add(new(path, line));
            if (Current is '=' or ':') _at++;
            Value(path, depth);
        }
    }

    private string Name()
    {
        var name = new StringBuilder();
        while (Current is not ('\0' or '=' or ':' or '{' or '}' or '[' or ']' or ',' or '\n' or '#'))
        {
            if (Current == '"') name.Append(Quoted());
            else if (Current == '+') _at++;
            else name.Append(_text[_at++]);
        }
        if (Current == '\n') Skip("");
        return name.ToString().Trim();
    }

    private void Value(string path, int depth)
    {
        Skip("");
        switch (Current)
        {
            case '{':
                Nested('}', () => Object(path, depth + 1), depth);
                break;
            case '[':
                Nested(']', () => List(path, depth + 1), depth);
                break;
            default:
                Scalar();
                break;
        }
    }

    private void List(string path, int depth)
    {
        while (true)
        {
            Skip(",");
            if (Current is '\0' or ']' or '}') return;
            Value(path + "[]", depth);
        }
    }

    private void Nested(char end, Action content, int depth)
    {
        _at++;
        if (depth < MaxDepth) content();
        if (Current == end) _at++;
    }

    private void Scalar()
    {
        while (Current is not ('\0' or '\n' or ',' or '}' or ']' or '#') && !At("//"))
        {
            if (Current == '"') Quoted();
            else if (At("${")) while (Current is not ('\0' or '\n') && _text[_at++] != '}') { }
            else _at++;
        }
    }

    private string Quoted()
    {
        string quote = At("\"\"\"") ? "\"\"\"" : "\"";
        _at += quote.Length;
        int start = _at;
        while (Current != '\0' && !At(quote))
        {
            if (Current == '\n') _line++;
            _at += quote.Length == 1 && Current == '\\' ? 2 : 1;
        }
        _at = Math.Min(_at, _text.Length);
        string content = _text[start.._at];
        _at = Math.Min(_at + quote.Length, _text.Length);
        return content;
    }

    // white space, comments, and what else is in the way
    private void Skip(string also)
    {
        while (_at < _text.Length)
        {
            if (Current == '#' || At("//")) while (Current is not ('\0' or '\n')) _at++;
            else if (char.IsWhiteSpace(Current) || Current == '\uFEFF' || also.Contains(Current, StringComparison.Ordinal))
            {
                if (Current == '\n') _line++;
                _at++;
            }
            else return;
        }
    }

    private bool At(string what) => string.CompareOrdinal(_text, _at, what, 0, what.Length) == 0;
}
