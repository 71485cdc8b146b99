using Mta.Testing;

namespace Mta.Tests.Smtp;

/// <summary>The dialogues of the protocol's tests, over TCP and under TLS.</summary>
public class TranscriptTests
{
    private static readonly Dictionary<string, Transcript> Scripts = TranscriptRunner.Load("Smtp").ToDictionary(script => script.Name);

    public static TheoryData<string> Names => [.. Scripts.Keys];

    [Theory, MemberData(nameof(Names))]
    public Task Over_tcp(string name) => PlayAsync(Scripts[name], tls: false, cut: int.MaxValue);

    [Theory, MemberData(nameof(Names))]
    public async Task Over_tcp_in_pieces(string name)
    {
        if (SmtpScript.IsCuttable(Scripts[name])) await PlayAsync(Scripts[name], tls: false, cut: 7);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Under_tls(string name)
    {
        if (!SmtpScript.IsPlain(Scripts[name])) await PlayAsync(Scripts[name], tls: true, cut: int.MaxValue);
    }

    private static async Task PlayAsync(Transcript script, bool tls, int cut)
    {
        await using var server = new SmtpServer(
            options: SmtpScript.Options(script),
            tls: tls || script.Options.ContainsKey("tls") ? SmtpServer.Tls : null,
            directory: script.Options.ContainsKey("auth") ? new TestDirectory { Users = { ["tim"] = new(1, "tim@client.example", 0, 0) } } : null,
            policy: new OpenPolicy(!script.Options.ContainsKey("untrusted")));
        string? spool = script.Options.GetValueOrDefault("spool");
        server.Spool.FailsToStore = spool == "fails";
        if (spool == "full") server.Spool.Health = Mta.Spool.SpoolHealth.LowSpace;
        using var client = await server.ConnectAsync();
        if (tls) await client.BeginUnderTlsAsync();
        await TranscriptRunner.RunAsync(script, client, [.. Enumerable.Range(1, script.Length / cut).Select(i => i * cut)]);
    }
}
