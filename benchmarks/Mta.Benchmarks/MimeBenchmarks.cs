using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Mta.Protocol.Mime;

namespace Mta.Benchmarks;

/// <summary>What a mailbox does with a message of 4 KiB: its index at delivery, and FETCH and SEARCH of it.</summary>
[MemoryDiagnoser]
public class MimeBenchmarks
{
    private static readonly byte[] Message = Encoding.ASCII.GetBytes(
        "Received: from a.example (a.example [192.0.2.1])\r\n\tby b.example with ESMTPS id 1; Mon, 23 Nov 2026 10:00:00 +0100\r\n"
        + "From: Ann Example <ann@example.com>\r\nTo: bob@example.org, Carol <carol@example.org>\r\nSubject: Re: [list] =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
        + "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@example.com>\r\nReferences: <0@example.com> <00@example.com>\r\nMIME-Version: 1.0\r\n"
        + "Content-Type: multipart/alternative; boundary=\"=_b\"\r\n\r\n--=_b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        + string.Concat(Enumerable.Repeat("the quick brown fox jumps over the lazy dog and runs away now\r\n", 25))
        + "--=_b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        + string.Concat(Enumerable.Repeat("<p>the quick brown fox jumps over the lazy dog and runs away</p>\r\n", 25)) + "--=_b--\r\n");

    private readonly MimeScanner _scanner = new();
    private readonly ArrayBufferWriter<byte> _output = new(16384);
    private readonly MessageIndex _index = MimeScanner.Scan(Message);
    private readonly SearchText _body = new(new("quick green fox"), headers: false);
    private readonly SearchText _text = new(new("quick green fox"), headers: true);
    private byte[] _kept = [];

    [GlobalSetup]
    public void Setup()
    {
        MessageIndexCodec.Write(_index, _output);
        _kept = _output.WrittenSpan.ToArray();
    }

    [Benchmark]
    public MessageIndex Scan()
    {
        _scanner.Add(Message);
        return _scanner.Finish();
    }

    [Benchmark]
    public int Write_kept()
    {
        _output.ResetWrittenCount();
        MessageIndexCodec.Write(_index, _output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int Kept_to_ENVELOPE_and_BODYSTRUCTURE()
    {
        _output.ResetWrittenCount();
        MessageIndexCodec.TryRead(_kept, out var index);
        EnvelopeWriter.Write(_output, index!.Envelope, utf8: false);
        BodyStructureWriter.Write(_output, index.Root, extended: true, utf8: false);
        return _output.WrittenCount;
    }

    [Benchmark]
    public bool Search_BODY() => _body.IsIn(_index, Message);

    [Benchmark]
    public bool Search_TEXT() => _text.IsIn(_index, Message);
}
