using System.Text;
using Mta.Protocol.Mime;

namespace Mta.Testing;

/// <summary>The messages in <c>Mime/Corpus</c>. Their line ends are stored as LF and are CRLF in the message, but for those named <c>.raw.eml</c>.</summary>
internal static class Corpus
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Mime", "Corpus");

    public static IReadOnlyList<string> Names { get; } = [.. Directory.GetFiles(Folder, "*.eml").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    public static byte[] Read(string name)
    {
        byte[] octets = File.ReadAllBytes(Path.Combine(Folder, name));
        return name.EndsWith(".raw.eml", StringComparison.Ordinal) ? octets : Message(Encoding.Latin1.GetString(octets));
    }

    /// <summary>Octets as ISO 8859-1, with LF for CRLF.</summary>
    public static byte[] Message(string text) => Encoding.Latin1.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal));

    /// <summary>What was written down of the messages: a line with the name and one for each thing that is expected of it.</summary>
    public static string Expected => File.ReadAllText(Path.Combine(Folder, "expected.txt"));

    /// <summary>Leaves what there is beside what is expected, for one who has changed it on purpose.</summary>
    public static void WriteActual(string text) => File.WriteAllText(Path.Combine(Folder, "actual.txt"), text);

    public static MessageIndex Scan(byte[] message, params int[] cuts)
    {
        var scanner = new MimeScanner();
        int at = 0;
        foreach (int cut in cuts.Append(message.Length))
        {
            scanner.Add(message.AsSpan(at, cut - at));
            at = cut;
        }
        return scanner.Finish();
    }
}
