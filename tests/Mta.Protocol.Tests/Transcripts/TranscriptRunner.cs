using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Mta.Testing;

/// <summary>The server's end of a transcript: a session without I/O, or a socket.</summary>
public interface ITranscriptPeer
{
    Task SendAsync(ReadOnlyMemory<byte> octets);

    /// <summary>The next line without its CRLF, or null when the server has closed.</summary>
    Task<string?> ReadLineAsync();

    Task StartTlsAsync();

    /// <summary>The next message that was taken; the body as it came in, one character an octet.</summary>
    Task<StoredMessage> NextStoredAsync();

    /// <summary>All that the server still sends; called once, at the end.</summary>
    Task<string> ReadRestAsync();
}

public sealed record StoredMessage(string From, string[] To, string Body);

/// <summary>Plays a <see cref="Transcript"/> against a peer.</summary>
public static class TranscriptRunner
{
    /// <summary>Plays it, cutting what the client sends at the places (octets from the start) that <paramref name="cuts"/> says.</summary>
    public static async Task RunAsync(Transcript transcript, ITranscriptPeer peer, IReadOnlyCollection<int> cuts)
    {
        int sent = 0;
        bool closed = false;
        foreach (var step in transcript.Steps)
        {
            switch (step)
            {
                case TranscriptStep.Send send:
                    int from = 0;
                    foreach (int cut in cuts.Select(cut => cut - sent).Where(cut => cut > 0 && cut < send.Octets.Length).Append(send.Octets.Length))
                    {
                        await peer.SendAsync(send.Octets.AsMemory(from, cut - from));
                        from = cut;
                    }
                    sent += send.Octets.Length;
                    break;
                case TranscriptStep.ExpectLine expect:
                    string? line = await peer.ReadLineAsync();
                    Assert.True(line is not null && Matches(expect.Pattern, line), $"{transcript.Name}: expected \"{expect.Pattern}\", got \"{line}\"");
                    break;
                case TranscriptStep.ExpectReply expect:
                    do
                    {
                        line = await peer.ReadLineAsync();
                        Assert.True(line?.StartsWith(expect.Code, StringComparison.Ordinal), $"{transcript.Name}: expected {expect.Code}, got \"{line}\"");
                    }
                    while (line![3] == '-');
                    break;
                case TranscriptStep.ExpectStored expect:
                    var stored = await peer.NextStoredAsync();
                    Assert.Equal((expect.From, string.Join(' ', expect.To), expect.Body), (stored.From, string.Join(' ', stored.To), stored.Body));
                    break;
                case TranscriptStep.Tls:
                    await peer.StartTlsAsync();
                    break;
                default:
                    line = await peer.ReadLineAsync();
                    Assert.True(line is null, $"{transcript.Name}: expected the end, got \"{line}\"");
                    closed = true;
                    break;
            }
        }
        if (!closed) Assert.Equal("", await peer.ReadRestAsync());
    }

    /// <summary>The transcripts of a folder below the test's output.</summary>
    public static IEnumerable<Transcript> Load(string folder) =>
        from path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Transcripts", folder), "*.txt").Order(StringComparer.Ordinal)
        select Transcript.Parse(Path.GetFileNameWithoutExtension(path), File.ReadAllText(path, Encoding.UTF8));

    private static bool Matches(string pattern, string line) =>
        Regex.IsMatch(line, "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$", RegexOptions.Singleline);
}
