using System.Text;

namespace Mta.Config;

/// <summary>
/// Finds where each key of a HOCON text stands, and where its braces and quotes do not match. The parser that reads the values keeps no
/// positions and takes unbalanced texts, and an operator who mistyped something wants its line.
/// </summary>
internal sealed class HoconKeys
{
    private const int MaxDepth = 64;
    private readonly string _text;
    private readonly List<Key> _keys = [];
    private readonly List<(int At, int Length, string Instead)> _edits = [];
    private int _at;
    private int _line = 1;
    private bool _isUnset; // the scalar that was just read: an optional substitution of a variable that is not there

    /// <param name="Path">Dotted, list items as <c>[]</c>: <c>mta.relay.routes[].domain</c>.</param>
    /// <param name="Line">1 is the first.</param>
    public readonly record struct Key(string Path, int Line);

    private HoconKeys(string text)
    {
        _text = text;
        Object("", 0);
        if (_at < text.Length) Wrong($"a '{Current}' that closes nothing");
    }

    /// <summary>What is malformed first, or null.</summary>
    public (int Line, string What)? Problem { get; private set; }

    /// <summary>All keys of the text, in its order.</summary>
    public IReadOnlyList<Key> Keys => _keys;

    /// <summary>
    /// The text in a form that means the same and that the parser takes: <c>key = {</c> for every <c>key {</c>, for it stumbles over a
    /// comma behind the closing brace of the shorter form, and <c>[]</c> for <c>[ ]</c>, in which it sees an empty string. Keys that get
    /// their value from a variable which is not set are left out, for it would see an empty string there too.
    /// </summary>
    public string ForParser()
    {
        var text = new StringBuilder(_text);
        foreach (var (at, length, instead) in _edits.OrderByDescending(e => e.At)) text.Remove(at, length).Insert(at, instead);
        return text.ToString();
    }

    public static HoconKeys Find(string text) => new(text);

    private void Wrong(string what) => Problem ??= (_line, what);

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
            var (start, line) = (_at, _line);
            string name = Name();
            string path = prefix.Length == 0 ? name : $"{prefix}.{name}";
            if (name.Length > 0) _keys.Add(new(path, line));
            else Wrong("a value without a key");
            int before = _at;
            if (Current is '=' or ':') _at++;
            else if (Current == '[') Wrong("a key without '='");
            else if (Current == '{') _edits.Add((_at, 0, "= "));
            Value(path, depth);
            if (_isUnset) _edits.Add((start, _at - start, ""));
            _isUnset = false;
            // what is neither key nor value must not hold us up
            if (_at == before && name.Length == 0) _at++;
        }
    }

    private string Name()
    {
        var name = new StringBuilder();
        while (Current is not ('\0' or '=' or ':' or '{' or '}' or '[' or ']' or ',' or '\n' or '#'))
        {
            if (Current == '"') name.Append(Quoted());
            else if (Current == '+') _at++;
            // the parser would take what follows for a value
            else if (Current == '$') Wrong($"a '{_text[_at++]}' that is not in quotes");
            else name.Append(_text[_at++]);
        }
        if (Current == '\n') Skip("");
        return name.ToString().Trim();
    }

    private void Value(string path, int depth, bool isItem = false)
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
                Scalar(isItem);
                break;
        }
    }

    private void List(string path, int depth)
    {
        int start = _at;
        for (bool isEmpty = true; ; isEmpty = false)
        {
            Skip(",");
            if (Current == ']' && isEmpty && _at > start) _edits.Add((start, _at - start, ""));
            if (Current is '\0' or ']' or '}') return;
            Value(path + "[]", depth, isItem: true);
        }
    }

    private void Nested(char end, Action content, int depth)
    {
        int line = _line;
        _at++;
        if (depth < MaxDepth) content();
        if (Current == end)
        {
            _at++;
            while (Current is ' ' or '\t' or '\r') _at++;
            // the parser would put together what was not meant to be, or never come to an end
            if (Current is not ('\0' or '\n' or ',' or '}' or ']' or '#') && !At("//")) Wrong($"a '{Current}' behind the closing '{end}', where a comma or a new line is missing");
        }
        else Problem ??= (line, $"a '{(end == '}' ? '{' : '[')}' that is not closed");
    }

    private void Scalar(bool isItem)
    {
        if (Current is '\0' or '}' or ']' or ',') Wrong("a key without a value");
        int start = _at;
        bool isSubstituted = false;
        while (Current is not ('\0' or '\n' or ',' or '}' or ']' or '#') && !At("//"))
        {
            if (isSubstituted && !char.IsWhiteSpace(Current)) Wrong("something behind a substitution, ${…}, which must be the whole value");
            // a comma or a quote is missing: the parser would take it for something else, or never come to an end
            if (Current is '[' or '{' or '=') Wrong($"a '{Current}' in the middle of a value");
            if (Current == '"') Quoted();
            else if (At("${") && !isItem && _at == start)
            {
                isSubstituted = true;
                bool isOptional = At("${?");
                _at += isOptional ? 3 : 2;
                int nameAt = _at;
                // of the environment alone: a key that refers to itself, however far round, ends the process
                while (char.IsAsciiLetterUpper(Current) || char.IsAsciiDigit(Current) || Current == '_') _at++;
                _isUnset = isOptional && Environment.GetEnvironmentVariable(_text[nameAt.._at]) is null;
                if (Current == '}') _at++;
                else Wrong("a substitution that is not an environment variable, ${NAME} or ${?NAME} in capitals");
            }
            else
            {
                // with one of these the parser never comes to an end, at some places
                if ("$`^?!@*&\\:+".Contains(Current, StringComparison.Ordinal)) Wrong($"a '{Current}' that is not in quotes");
                _at++;
            }
        }
    }

    private string Quoted()
    {
        string quote = At("\"\"\"") ? "\"\"\"" : "\"";
        _at += quote.Length;
        var (start, line) = (_at, _line);
        while (Current != '\0' && !At(quote))
        {
            if (Current == '\n') _line++;
            _at += quote.Length == 1 && Current == '\\' ? 2 : 1;
        }
        if (Current == '\0') Problem ??= (line, "a quote that is not closed");
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
