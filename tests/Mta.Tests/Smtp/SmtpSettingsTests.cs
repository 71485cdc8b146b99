using Mta.Config;
using Mta.Protocol.Smtp.Server;
using Mta.Smtp;

namespace Mta.Tests.Smtp;

public class SmtpSettingsTests
{
    [Fact]
    public void Each_extension_can_be_switched_off_by_its_keyword()
    {
        var settings = Read("disabled-extensions = [ PIPELINING, SIZE, 8BITMIME, SMTPUTF8, CHUNKING, BINARYMIME, ENHANCEDSTATUSCODES, DSN, STARTTLS, DELIVERBY, "
            + "FUTURERELEASE, MT-PRIORITY, REQUIRETLS, limits, AUTH ]");
        Assert.Equal(SmtpExtensions.None, settings.Options.Extensions);
    }

    [Theory]
    [InlineData("disabled-extensions = [ XTRA ]", "mta.smtp.disabled-extensions holds \"XTRA\"")]
    [InlineData("disabled-extensions = [ \"3\" ]", "mta.smtp.disabled-extensions holds \"3\"")]
    [InlineData("bare-newlines = ignore", "mta.smtp.bare-newlines must be one of refuse, normalize")]
    [InlineData("postmaster = \"admin@\"", "mta.smtp.postmaster must be a mail address")]
    [InlineData("limits.command-line = 100", "mta.smtp.limits.command-line must be from 512")]
    public void Says_what_is_wrong(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<ConfigException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_postmaster_is_at_our_name_unless_one_is_named()
    {
        Assert.Equal(("postmaster@mx.test", "mx.test", false), Postmaster(Read("")));
        Assert.Equal(("Admin@Here.example", "here.example", true), Postmaster(Read("postmaster = \"Admin@Here.example\"")));

        static (string, string, bool) Postmaster(SmtpSettings settings) => (settings.Postmaster.Address, settings.Postmaster.Domain, settings.PostmasterIsOpen);
    }

    private static SmtpSettings Read(string text) => SmtpSettings.From(SmtpServer.Section("mta.smtp", text), "mx.test");
}
