using Mta.Protocol.Sasl;
using Mta.Testing;
using Mta.Tests.Net;

namespace Mta.Tests.Pop3;

/// <summary>The dialogues of the protocol's tests, over TCP and under TLS.</summary>
public class TranscriptTests
{
    private static readonly Dictionary<string, Transcript> Scripts = TranscriptRunner.Load("Pop3").ToDictionary(script => script.Name);

    public static TheoryData<string> Names => [.. Scripts.Keys];

    public static TheoryData<string> Cuttable => [.. Scripts.Values.Where(script => !script.Options.ContainsKey("whole")).Select(script => script.Name)];

    public static TheoryData<string> Encrypted => [.. Scripts.Values.Where(script => !script.Options.ContainsKey("plain")).Select(script => script.Name)];

    [Theory, MemberData(nameof(Names))]
    public Task Over_tcp(string name) => PlayAsync(Scripts[name], tls: false, cut: int.MaxValue);

    [Theory, MemberData(nameof(Cuttable))]
    public Task Over_tcp_in_pieces(string name) => PlayAsync(Scripts[name], tls: false, cut: 7);

    [Theory, MemberData(nameof(Encrypted))]
    public Task Under_tls(string name) => PlayAsync(Scripts[name], tls: true, cut: int.MaxValue);

    private static async Task PlayAsync(Transcript script, bool tls, int cut)
    {
        var options = Pop3Script.Options(script);
        await using var server = new Pop3Server($$"""
            allow-plaintext-on-loopback = {{(options.WithoutTls ? "on" : "off")}}
            mechanisms = [ {{string.Join(", ", SaslNames.List(options.Mechanisms).Split(' ').Select(name => $"\"{name}\""))}} ]
            limits { errors = {{options.MaxErrors}}, stranger-commands = {{options.MaxStrangerCommands + (tls ? 1 : 0)}}, failures = {{options.MaxFailures}} }
            """, tls: tls || script.Options.ContainsKey("tls") ? TestServer.Tls : null, script: script);
        using var client = await server.ConnectAsync();
        if (tls) await client.BeginUnderTlsAsync();
        await TranscriptRunner.RunAsync(script, client, [.. Enumerable.Range(1, script.Length / cut).Select(i => i * cut)]);
    }
}
