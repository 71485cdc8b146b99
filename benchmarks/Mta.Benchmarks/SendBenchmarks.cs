using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Mta.Protocol.Smtp.Client;

namespace Mta.Benchmarks;

/// <summary>The sending side's inner loops: dot-stuffing and reading replies.</summary>
[MemoryDiagnoser]
public class SendBenchmarks
{
    private static readonly byte[] Replies = "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n250 2.0.0 Ok\r\n"u8.ToArray();
    private readonly byte[] _body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("the quick brown fox jumps over the lazy dog and runs away now\r\n", 64)));
    private readonly ArrayBufferWriter<byte> _output = new(16384);
    private readonly SmtpReplyParser _parser = new();

    [Benchmark]
    public int Stuff_4_KiB()
    {
        _output.ResetWrittenCount();
        var stuffer = new DotStuffer(true);
        stuffer.Write(_body, _output);
        stuffer.Finish(_output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int Four_replies()
    {
        ReadOnlySpan<byte> input = Replies;
        int codes = 0;
        while (_parser.Parse(ref input, out var reply) == ReplyStatus.Complete)
        {
            codes += reply!.Code;
            if (input.IsEmpty) break;
        }
        return codes;
    }
}
