using Mta.Testing;

namespace Mta.Protocol.Tests.Imap;

/// <summary>Every dialogue in Transcripts/Imap, however the network cuts it.</summary>
public class ImapTranscriptTests
{
    // the long scripts are cut at this many places, evenly spread
    private const int MostCuts = 400;

    private static readonly Dictionary<string, Transcript> Scripts = TranscriptRunner.Load("Imap").ToDictionary(script => script.Name);

    public static TheoryData<string> Names => [.. Scripts.Keys];

    [Theory, MemberData(nameof(Names))]
    public Task Whole(string name) => TranscriptRunner.RunAsync(Scripts[name], new ImapPeer(Scripts[name]), []);

    [Theory, MemberData(nameof(Names))]
    public Task ByteByByte(string name) => TranscriptRunner.RunAsync(Scripts[name], new ImapPeer(Scripts[name]), [.. Enumerable.Range(1, Scripts[name].Length)]);

    [Theory, MemberData(nameof(Names))]
    public async Task CutAtEveryPlace(string name)
    {
        var script = Scripts[name];
        int step = Math.Max(1, script.Length / MostCuts);
        for (int cut = 1; cut < script.Length; cut += step) await TranscriptRunner.RunAsync(script, new ImapPeer(script), [cut]);
    }
}
