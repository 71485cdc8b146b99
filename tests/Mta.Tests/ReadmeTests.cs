using System.Buffers;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Mta.Config;
using Mta.Imap;
using Mta.Pop3;
using Mta.Protocol.Pop3;
using Mta.Protocol.Sasl;
using Mta.Protocol.Smtp.Server;
using Mta.Smtp;

namespace Mta.Tests;

/// <summary>What the README promises is what the program does.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_extension_that_we_offer_has_its_row_and_is_complete(bool tls)
    {
        var settings = SmtpSettings.From(ConfigFile.Parse("", "test").Mta.Section("smtp"), "relay.test");
        var session = new SmtpServerSession(settings.Options, trusted: true, tlsAvailable: true, TimeProvider.System);
        var output = new ArrayBufferWriter<byte>();
        if (tls)
        {
            session.Advance("EHLO client.test\r\nSTARTTLS\r\n"u8, output, out _);
            session.TlsEstablished("TLSv1.3");
            output.ResetWrittenCount();
        }
        session.Advance("EHLO client.test\r\n"u8, output, out _);
        var offered = Encoding.ASCII.GetString(output.WrittenSpan).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line[4..].Split(' ')[0]).ToArray();
        Assert.NotEmpty(offered);
        Assert.All(offered, HasRow);
    }

    [Fact]
    public void So_has_every_capability_of_POP3()
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (bool tls in (bool[])[false, true])
        {
            var session = new Pop3ServerSession(Pop3Settings.From(ConfigFile.Parse("", "test").Mta.Section("pop3"), "pop.test").Options(IPAddress.Loopback, hasTokens: true), tlsAvailable: true);
            if (tls) session.BeginUnderTls("TLSv1.3");
            session.Advance("CAPA\r\nUSER tim\r\nPASS x\r\n"u8, output, out _);
            if (!tls) continue;
            session.SignInAccepted("tim", output);
            session.MaildropOpened(1, [], output);
            session.Advance("CAPA\r\n"u8, output, out _);
        }
        string[] offered = [.. Encoding.ASCII.GetString(output.WrittenSpan).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] is not ('+' or '-' or '.')).Select(line => line.Split(' ')[0]).Distinct()];
        Assert.Contains("STLS", offered);
        Assert.Contains("IMPLEMENTATION", offered);
        Assert.All(offered, HasRow);
    }

    [Fact]
    public void And_every_capability_of_IMAP()
    {
        var stranger = Capabilities.Of(new(), canStartTls: true, SaslMechanisms.None, appendLimit: 1);
        var known = Capabilities.Of(new() { Account = new(1, "tim", 0, 0) }, canStartTls: false, SaslMechanisms.Plain, appendLimit: 1);
        string[] offered = [.. (stranger + " " + known).Split(' ').Select(c => c.StartsWith("APPENDLIMIT", StringComparison.Ordinal) ? "APPENDLIMIT" : c).Distinct()];
        Assert.Contains("QRESYNC", offered);
        Assert.All(offered, HasRow);
    }

    private static void HasRow(string keyword) => Assert.Matches($@"\|[^|\n]*\|[^|\n]*`{Regex.Escape(keyword)}`[^|\n]*\| yes", Readme);

    [Fact]
    public void The_configurations_it_shows_are_good() =>
        Assert.Equal(["mail.example.com", "relay.example.com"], ConfigBlock().Matches(Readme).Select(shown => MtaSettings.From(ConfigFile.Parse(shown.Value, "README.md")).Hostname));

    [GeneratedRegex(@"^    mta \{\n(      .*\n)+    \}\n", RegexOptions.Multiline)]
    private static partial Regex ConfigBlock();
}
