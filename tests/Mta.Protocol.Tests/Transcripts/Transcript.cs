using System.Globalization;
using System.Text;

namespace Mta.Testing;

/// <summary>
/// A dialogue between a client and a server, as a readable text:
/// <code>
/// # comment
/// ! option value          of the server, for the test that runs it
/// C: text                 the client sends a line
/// C&lt;&lt; text\r\n        the client sends octets: \r \n \0 \\ \xHH
/// C*100: text             the client sends a line a hundred times
/// S: 250 * ok             the server sends this line; * stands for anything
/// S+ 250                  the server sends a reply of one or more lines with this code
/// TLS                     both shake hands
/// STORED &lt;from&gt; &lt;to&gt; &lt;to&gt;: text\r\n    the server took this message
/// CLOSED                  the server closes
/// </code>
/// Lines of the client that follow each other are sent together.
/// </summary>
public sealed record Transcript(string Name, IReadOnlyDictionary<string, string> Options, IReadOnlyList<TranscriptStep> Steps)
{
    /// <summary>Octets that the client sends.</summary>
    public int Length => Steps.OfType<TranscriptStep.Send>().Sum(send => send.Octets.Length);

    public static Transcript Parse(string name, string text)
    {
        var options = new Dictionary<string, string>();
        var steps = new List<TranscriptStep>();
        foreach (string line in text.Split('\n'))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            if (line.StartsWith("! ", StringComparison.Ordinal))
            {
                string[] words = line[2..].Split(' ', 2);
                options.Add(words[0], words.Length > 1 ? words[1] : "");
            }
            else if (line.StartsWith("C: ", StringComparison.Ordinal) || line == "C:") Send(steps, Unescape(line.Length > 3 ? line[3..] : "") + "\r\n");
            else if (line.StartsWith("C<< ", StringComparison.Ordinal)) Send(steps, Unescape(line[4..]));
            else if (line.StartsWith("C*", StringComparison.Ordinal))
            {
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                int count = int.Parse(line.AsSpan(2, colon - 2), CultureInfo.InvariantCulture);
                Send(steps, string.Concat(Enumerable.Repeat(Unescape(line[(colon + 2)..]) + "\r\n", count)));
            }
            else if (line.StartsWith("S: ", StringComparison.Ordinal)) steps.Add(new TranscriptStep.ExpectLine(line[3..]));
            else if (line.StartsWith("S+ ", StringComparison.Ordinal)) steps.Add(new TranscriptStep.ExpectReply(line[3..]));
            else if (line.StartsWith("STORED ", StringComparison.Ordinal))
            {
                int colon = line.IndexOf(">: ", StringComparison.Ordinal) + 1;
                string[] paths = [.. line[7..colon].Split(' ').Select(path => path[1..^1])];
                steps.Add(new TranscriptStep.ExpectStored(paths[0], paths[1..], Unescape(line[(colon + 2)..])));
            }
            else if (line == "TLS") steps.Add(new TranscriptStep.Tls());
            else if (line == "CLOSED") steps.Add(new TranscriptStep.ExpectClose());
            else throw new FormatException($"{name}: cannot read \"{line}\"");
        }
        return new(name, options, steps);
    }

    /// <summary>Octets as characters 0 to 255.</summary>
    public static string Unescape(string text)
    {
        // what is typed as UTF-8 is sent as UTF-8
        string latin = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
        var result = new StringBuilder();
        for (int i = 0; i < latin.Length; i++)
        {
            if (latin[i] != '\\')
            {
                result.Append(latin[i]);
                continue;
            }
            switch (latin[++i])
            {
                case 'r': result.Append('\r'); break;
                case 'n': result.Append('\n'); break;
                case '0': result.Append('\0'); break;
                case 'x':
                    result.Append((char)byte.Parse(latin.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                    i += 2;
                    break;
                default: result.Append(latin[i]); break;
            }
        }
        return result.ToString();
    }

    private static void Send(List<TranscriptStep> steps, string octets)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(octets);
        if (steps.LastOrDefault() is TranscriptStep.Send last) steps[^1] = new TranscriptStep.Send([.. last.Octets, .. bytes]);
        else steps.Add(new TranscriptStep.Send(bytes));
    }
}

/// <summary>What happens next in a <see cref="Transcript"/>.</summary>
public abstract record TranscriptStep
{
    public sealed record Send(byte[] Octets) : TranscriptStep;
    public sealed record ExpectLine(string Pattern) : TranscriptStep;
    public sealed record ExpectReply(string Code) : TranscriptStep;
    public sealed record ExpectStored(string From, string[] To, string Body) : TranscriptStep;
    public sealed record ExpectClose : TranscriptStep;
    public sealed record Tls : TranscriptStep;
}
