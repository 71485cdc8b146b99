using Mta.Testing;

namespace Mta.Protocol.Tests.Smtp;

/// <summary>Every dialogue in Transcripts/Smtp, however the network cuts it.</summary>
public class TranscriptTests
{
    // the long scripts are cut at this many places, evenly spread
    private const int MostCuts = 600;

    private static readonly Dictionary<string, Transcript> Scripts = TranscriptRunner.Load("Smtp").ToDictionary(script => script.Name);

    public static TheoryData<string> Names => [.. Scripts.Keys];

    [Theory, MemberData(nameof(Names))]
    public Task Whole(string name) => TranscriptRunner.RunAsync(Scripts[name], new SessionPeer(Scripts[name]), []);

    [Theory, MemberData(nameof(Names))]
    public async Task ByteByByte(string name)
    {
        var script = Scripts[name];
        if (!SmtpScript.IsCuttable(script)) return;
        await TranscriptRunner.RunAsync(script, new SessionPeer(script), [.. Enumerable.Range(1, script.Length)]);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task CutAtEveryPlace(string name)
    {
        var script = Scripts[name];
        if (!SmtpScript.IsCuttable(script)) return;
        int step = Math.Max(1, script.Length / MostCuts);
        for (int cut = 1; cut < script.Length; cut += step) await TranscriptRunner.RunAsync(script, new SessionPeer(script), [cut]);
    }
}
