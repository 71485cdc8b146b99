using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Mta.Config;
using Mta.Protocol.Smtp.Server;
using Mta.Smtp;

namespace Mta.Benchmarks;

/// <summary>The receiving session on the bytes of a pipelining client: a whole transaction, and its parts.</summary>
[MemoryDiagnoser]
public class ReceiveBenchmarks
{
    private static readonly byte[] Envelope = "MAIL FROM:<alice@src.test> SIZE=4096 BODY=8BITMIME\r\nRCPT TO:<bob@dst.test>\r\nRSET\r\n"u8.ToArray();
    private static readonly byte[] Command = "MAIL FROM:<alice@src.test>\r\nRCPT TO:<bob@dst.test>\r\nDATA\r\n"u8.ToArray();
    private readonly byte[] _data = Encoding.ASCII.GetBytes(
        "Subject: benchmark\r\n\r\n" + string.Concat(Enumerable.Repeat("the quick brown fox jumps over the lazy dog and runs away now\r\n", 64)) + ".\r\n");
    private readonly ArrayBufferWriter<byte> _output = new(4096), _body = new(16384);
    private SmtpServerSession _session = null!;

    [GlobalSetup]
    public void Setup()
    {
        var settings = SmtpSettings.From(ConfigFile.Parse("", "benchmark").Mta.Section("smtp"), "relay.test");
        _session = new(settings.Options with { MaxJunkCommands = int.MaxValue }, trusted: true, tlsAvailable: false, TimeProvider.System);
        Drive("EHLO client.test\r\n"u8);
    }

    /// <summary>MAIL, RCPT and RSET in one read, replies in one write.</summary>
    [Benchmark]
    public int Envelope_commands()
    {
        Drive(Envelope);
        return _output.WrittenCount;
    }

    /// <summary>MAIL, RCPT, DATA, 4 KiB of text and the final dot.</summary>
    [Benchmark]
    public int Transaction_of_4_KiB()
    {
        Drive(Command);
        Drive(_data);
        return _output.WrittenCount;
    }

    private void Drive(ReadOnlySpan<byte> input)
    {
        _output.ResetWrittenCount();
        while (true)
        {
            var effect = _session.Advance(input, _output, out int consumed);
            input = input[consumed..];
            switch (effect)
            {
                case SmtpEffect.VerifyRecipient:
                    _session.RecipientAccepted(_output);
                    break;
                case SmtpEffect.OpenMessage:
                    _body.ResetWrittenCount();
                    _session.MessageOpened(_body, _output);
                    break;
                case SmtpEffect.StoreMessage:
                    _session.MessageStored("0SAFJ6G0R0001", _output);
                    break;
                default:
                    if (input.IsEmpty) return;
                    break;
            }
        }
    }
}
