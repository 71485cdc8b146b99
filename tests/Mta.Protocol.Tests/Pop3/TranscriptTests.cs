using Mta.Testing;

namespace Mta.Protocol.Tests.Pop3;

/// <summary>Every dialogue in Transcripts/Pop3, however the network cuts it, and the messages come.</summary>
public class TranscriptTests
{
    // the long scripts are cut at this many places, evenly spread
    private const int MostCuts = 1000;

    private static readonly Dictionary<string, Transcript> Scripts = TranscriptRunner.Load("Pop3").ToDictionary(script => script.Name);

    public static TheoryData<string> Names => [.. Scripts.Keys];

    public static TheoryData<string> Cuttable => [.. Scripts.Values.Where(script => !script.Options.ContainsKey("whole")).Select(script => script.Name)];

    [Theory, MemberData(nameof(Names))]
    public Task Whole(string name) => TranscriptRunner.RunAsync(Scripts[name], new Pop3Peer(Scripts[name]), []);

    [Theory, MemberData(nameof(Cuttable))]
    public Task ByteByByte(string name) => TranscriptRunner.RunAsync(Scripts[name], new Pop3Peer(Scripts[name], piece: 1), [.. Enumerable.Range(1, Scripts[name].Length)]);

    [Theory, MemberData(nameof(Cuttable))]
    public async Task CutAtEveryPlace(string name)
    {
        var script = Scripts[name];
        int step = Math.Max(1, script.Length / MostCuts);
        for (int cut = 1; cut < script.Length; cut += step) await TranscriptRunner.RunAsync(script, new Pop3Peer(script, piece: 1 + cut % 7), [cut]);
    }
}
