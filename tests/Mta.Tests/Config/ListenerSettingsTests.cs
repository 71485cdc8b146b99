using Mta.Config;
using Mta.Smtp;

namespace Mta.Tests.Config;

public sealed class ListenerSettingsTests
{
    private static MtaSettings Read(string text) => MtaSettings.From(ConfigFile.Parse($"mta {{ {text} }}", "test.conf"));

    [Fact]
    public void The_name_says_the_kind_and_the_kind_the_port()
    {
        var settings = Read("listeners { smtp {}, submission {}, submissions {}, lmtp {}, pop3 {}, pop3s {}, http {}, other { kind = submission, port = 2587 } }");
        Assert.Equal(
            ["smtp Smtp 25", "submission Submission 587", "submissions Submissions 465", "lmtp Lmtp 2424", "pop3 Pop3 110", "pop3s Pop3s 995", "http Http 8080", "other Submission 2587"],
            settings.Listeners.Select(l => $"{l.Name} {l.Kind} {l.EndPoint.Port}"));
    }

    [Theory]
    [InlineData("listeners.lmtp { port = 25 }", "mta.listeners.lmtp.port")]
    [InlineData("listeners.smtp { port = many }", "mta.listeners.smtp.port")]
    [InlineData("listeners.x {}", "mta.listeners.x.kind")]
    [InlineData("submission.mechanisms = [ \"CRAM-MD5\" ]", "mta.submission.mechanisms")]
    [InlineData("submission.max-failures = 0", "mta.submission.max-failures")]
    [InlineData("submission.bare-newlines = keep", "mta.submission.bare-newlines")]
    public void A_wrong_value_is_named_by_its_path(string text, string path) => Assert.Equal(path, Assert.Throws<ConfigException>(() => Read(text)).Path);

    [Theory]
    [InlineData("submission", true, null)]
    [InlineData("submissions", true, null)]
    [InlineData("submission", false, "needs a certificate")]
    [InlineData("submission { }, submission.allow-plaintext-on-loopback = true, listeners.submission", false, null)]
    [InlineData("submissions { }, submission.allow-plaintext-on-loopback = true, listeners.submissions", false, "needs a certificate")]
    [InlineData("lmtp", false, null)]
    public void Where_nobody_could_sign_in_nothing_starts(string listener, bool hasTls, string? problem)
    {
        var settings = Read($"listeners.{listener} {{ address = \"127.0.0.1\" }}");
        void Check() => SmtpServerContext.Check(settings.Listeners, settings.Submission, hasTls);
        if (problem is null) Check();
        else Assert.Contains(problem, Assert.Throws<ConfigException>(Check).Message, StringComparison.Ordinal);
    }
}
