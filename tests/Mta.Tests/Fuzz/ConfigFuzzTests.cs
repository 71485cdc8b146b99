using System.Text;
using CsCheck;
using Mta.Config;
using Mta.Testing;

namespace Mta.Tests.Fuzz;

/// <summary>Whatever an operator mistypes: settings, or one clear line; never another exception, and never a parser that runs on.</summary>
public sealed class ConfigFuzzTests
{
    private const int Piece = 3000;

    // with everything that HOCON may be written in
    private const string Sample = """
        mta {
          hostname = "mail.example.com", data-dir = data
          listeners { smtp { address = "127.0.0.1", port = 2525 }, web { kind = http, port = 8080 } }
          relay {
            trusted-networks = ["127.0.0.0/8", "::1/128"] // who may
            domains = [ "example.com", "*.example.org" ]
            routes = [ { domain = "*", next-hop = ["127.0.0.1:2526"] }
                       { domain = "a.example", next-hop = ["[::1]:25", "h.example"], tls = required, rate = "5/s" } ]
          }
          queue.retry = "5s*6, 1m*4, 4h*"
          delivery { back-off.min = 2s, domains = [] }
          log : { level : warning, format = ${?MTA_FORMAT} }
          smtp.limits.message-size = 64 MiB
          spool = { gather = 2ms } # not long
        }
        mta.dns.servers += "127.0.0.1:53"
        akka.loglevel = INFO
        """;

    private static readonly byte[][] Corpus =
    [
        Encoding.UTF8.GetBytes(Sample), Encoding.UTF8.GetBytes(ConfigFile.Embedded("mta.conf")),
        .. Encoding.UTF8.GetBytes(ConfigFile.Embedded("reference.conf")).Chunk(Piece),
    ];

    private static readonly string[] Tokens = ["{", "}", "[", "]", "=", ":", "+=", ",", "\"", "\"\"\"", "${", "${?A}", "${mta}", "$", "#", "//", "\n", "\\", "*", "::", "'", "`", "&", "!", "include", "null", "true", "1e9"];

    [Fact]
    public void What_is_not_damaged_is_taken()
    {
        _ = MtaSettings.From(ConfigFile.Parse(Sample, "sample"));
        foreach (string wrong in (string[])["mta.relay.routes = x", "mta.relay.routes = [ x ]", "mta.spool = 3", "mta = x"])
            Assert.Contains("must be a", Assert.Throws<ConfigException>(() => MtaSettings.From(ConfigFile.Parse(wrong, "sample"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration() =>
        Gen.Select(Mutations.Of(Corpus), Gen.Select(Gen.Int[0, Piece], Gen.OneOf(Tokens)).Array[0, 4]).Sample((octets, insertions) =>
        {
            string text = insertions.Aggregate(Encoding.UTF8.GetString(octets), (t, insertion) => t.Insert(insertion.Item1 % (t.Length + 1), insertion.Item2));
            try
            {
                _ = MtaSettings.From(ConfigFile.Parse(text, "fuzz"));
            }
            catch (ConfigException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                Assert.False(e.Message.Contains(ConfigFile.Endless, StringComparison.Ordinal), text);
                Assert.DoesNotContain('\n', ConfigFile.Locate(e, text, "fuzz"));
            }
        }, time: Mutations.Seconds);
}
