using System.Net;
using Mta.Config;
using Mta.Smtp;

namespace Mta.Tests.Smtp;

/// <summary>Who may send where; above all that strangers may not send through us, however they write the address.</summary>
public class RelayTests
{
    private static readonly RelayPolicy Policy = new(SmtpServer.Section("mta.relay",
        "trusted-networks = [ \"192.0.2.0/24\", \"2001:db8::/32\", \"198.51.100.7\" ]\ndomains = [ \"here.example\", \"*.sub.example\", \"Bücher.example\", \"[203.0.113.1]\" ]"));

    [Theory]
    [InlineData("u@here.example")]
    [InlineData("u@HERE.Example")]
    [InlineData("u@a.sub.example")]
    [InlineData("u@b.a.sub.example")]
    [InlineData("u@xn--bcher-kva.example")]
    [InlineData("u@[203.0.113.1]")]
    [InlineData("@relay.example:u@here.example")]
    [InlineData("postmaster")]
    [InlineData("prvs=1234=u@here.example")]
    public async Task Takes_mail_for_our_domains(string path) => Assert.StartsWith("250 ", await RecipientAsync(path), StringComparison.Ordinal);

    [Theory]
    [InlineData("u@there.example")]
    [InlineData("u@sub.example")]
    [InlineData("u@xsub.example")]
    [InlineData("u@sub.example.there.example")]
    [InlineData("u@here.example.there.example")]
    [InlineData("u@there.here.example")]
    [InlineData("u@xhere.example")]
    [InlineData("u@here.example.")]
    [InlineData("u@.here.example")]
    [InlineData("u@localhost")]
    [InlineData("u@mx.test")]
    [InlineData("u@[127.0.0.1]")]
    [InlineData("u@[192.0.2.1]")]
    [InlineData("u@[IPv6:::1]")]
    [InlineData("u@127.0.0.1")]
    [InlineData("u@[203.0.113.2]")]
    // source routes
    [InlineData("@here.example:u@there.example")]
    [InlineData("@here.example,@there.example:u@there.example")]
    [InlineData("@there.example,@here.example:u@there.example")]
    [InlineData("here.example:u@there.example")]
    // the percent hack
    [InlineData("u%there.example@here.example")]
    [InlineData("u%there.example%here.example@here.example")]
    [InlineData("u%there.example")]
    [InlineData("u%there.example@[203.0.113.1]")]
    [InlineData("\"u%there.example\"@here.example")]
    // two @
    [InlineData("u@there.example@here.example")]
    [InlineData("\"u@there.example\"@here.example")]
    [InlineData("\"u@there.example\"")]
    [InlineData("u\\@there.example@here.example")]
    [InlineData("\"u\\@there.example\"@here.example")]
    // bang paths
    [InlineData("there.example!u@here.example")]
    [InlineData("there.example!u")]
    [InlineData("here.example!there.example!u@here.example")]
    [InlineData("\"there.example!u\"@here.example")]
    [InlineData("@here.example:there.example!u@here.example")]
    [InlineData("there.example!u@[203.0.113.1]")]
    // no domain at all, and other things that are no addresses
    [InlineData("u")]
    [InlineData("\"u\"")]
    [InlineData("u@")]
    [InlineData("u@here.example there.example")]
    [InlineData("u@here.example,u@there.example")]
    [InlineData("u@here.example\0@there.example")]
    [InlineData("u@there.example\0.here.example")]
    [InlineData("u@there.example(@here.example)")]
    [InlineData("u@there.example>,<u@here.example")]
    [InlineData("postmaster@there.example")]
    public async Task Is_no_open_relay(string path) => Assert.StartsWith("5", await RecipientAsync(path), StringComparison.Ordinal);

    [Theory]
    [InlineData("192.0.2.255", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("198.51.100.7", true)]
    [InlineData("198.51.100.8", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("::1", false)]
    public void Trusts_its_networks(string client, bool isTrusted)
    {
        var address = IPAddress.Parse(client);
        Assert.Equal(isTrusted, Policy.IsTrusted(address));
        Assert.Equal(isTrusted, Policy.Refuse(new(address, Policy.IsTrusted(address)), "u%x@there.example", "there.example") is null);
    }

    [Theory]
    [InlineData("trusted-networks = [ \"192.0.2.0/33\" ]", "mta.relay.trusted-networks holds \"192.0.2.0/33\"")]
    [InlineData("trusted-networks = [ \"all\" ]", "mta.relay.trusted-networks holds \"all\"")]
    [InlineData("domains = [ \"*\" ]", "mta.relay.domains holds \"*\"")]
    [InlineData("domains = [ \"a..example\" ]", "mta.relay.domains holds \"a..example\"")]
    public void Says_what_is_wrong_with_its_settings(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<ConfigException>(() => new RelayPolicy(SmtpServer.Section("mta.relay", text))).Message, StringComparison.Ordinal);

    private static async Task<string?> RecipientAsync(string path)
    {
        await using var server = new SmtpServer("postmaster = \"admin@here.example\"", policy: Policy);
        using var client = await server.ConnectAsync();
        await client.ReplyAsync();
        await client.CommandAsync("EHLO client.example");
        await client.CommandAsync("MAIL FROM:<u@here.example>");
        return await client.CommandAsync($"RCPT TO:<{path}>");
    }
}
