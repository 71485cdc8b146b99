using System.Globalization;
using System.Security.Cryptography;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>MailKit's client, which uses every extension that it is offered.</summary>
public sealed class MailKitTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Route(RecordingSink sink) => $"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]\n";

    /// <param name="certificate">Where given, STARTTLS is spoken, and this must be shown.</param>
    private static async Task<SmtpClient> Connect(MtaProcess mta, TestCertificate? certificate = null, SmtpClient? client = null)
    {
        client ??= new SmtpClient();
        client.LocalDomain = "client.test";
        client.ServerCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate?.Fingerprint;
        await client.ConnectAsync("127.0.0.1", mta.SmtpPort, certificate is null ? SecureSocketOptions.None : SecureSocketOptions.StartTls, Cancel);
        return client;
    }

    private static MimeMessage Message(MimeEntity body, string from = "alice@src.test", string to = "bob@dst.test")
    {
        var message = new MimeMessage { Subject = "grüße", Body = body };
        message.From.Add(MailboxAddress.Parse(from));
        message.To.Add(MailboxAddress.Parse(to));
        return message;
    }

    private static MimeMessage Binary(int octets, ContentEncoding encoding, int seed = 1)
    {
        byte[] content = new byte[octets];
        new Random(seed).NextBytes(content);
        return Message(new MimePart("application", "octet-stream") { Content = new MimeContent(new MemoryStream(content)), ContentTransferEncoding = encoding });
    }

    private static string Digest(MimeMessage message)
    {
        using var content = new MemoryStream();
        Assert.IsType<MimePart>(message.Body, exactMatch: false).Content!.DecodeTo(content, Cancel);
        return Convert.ToHexString(SHA256.HashData(content.ToArray()));
    }

    private static async Task CheckArrived(MimeMessage sent, ReceivedMessage received)
    {
        using var arrived = await MimeMessage.LoadAsync(new MemoryStream(received.Original), Cancel);
        Assert.Equal(sent.MessageId, arrived.MessageId);
        Assert.Equal(sent.Subject, arrived.Subject);
        Assert.Equal(Digest(sent), Digest(arrived));
    }

    [Fact]
    public async Task Starttls_is_spoken_and_shown()
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink) + certificate.Offer);
        using var client = await Connect(mta, certificate);
        Assert.True(client.IsSecure);
        using var message = Binary(1000, ContentEncoding.Base64);
        await client.SendAsync(message, Cancel);
        await client.DisconnectAsync(true, Cancel);
        await sink.Received(1, () => mta.Output);
        Assert.Contains("with ESMTPS (", sink.Messages.First().Text, StringComparison.Ordinal);
        await CheckArrived(message, sink.Messages.First());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_of_twenty_mebibytes_arrives_whole(bool isEncrypted)
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink) + certificate.Offer);
        using var client = await Connect(mta, isEncrypted ? certificate : null);
        using var message = Binary(20 * 1024 * 1024, ContentEncoding.Base64);
        await client.SendAsync(message, Cancel);
        await sink.Received(1, () => mta.Output);
        await CheckArrived(message, sink.Messages.First());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Binary_content_arrives_whether_the_next_hop_takes_it_or_not(bool isTaken)
    {
        await using var sink = isTaken ? new RecordingSink { Extensions = RecordingSink.Everything } : new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink));
        using var client = await Connect(mta);
        Assert.True(client.Capabilities.HasFlag(SmtpCapabilities.BinaryMime | SmtpCapabilities.Chunking | SmtpCapabilities.Pipelining | SmtpCapabilities.Dsn));
        using var message = Binary(300_000, ContentEncoding.Binary);
        await client.SendAsync(message, Cancel);
        await sink.Received(1, () => mta.Output);
        var received = sink.Messages.First();
        Assert.Equal(isTaken, received.IsChunked);
        Assert.Equal(isTaken, received.MailLine.Contains("BODY=BINARYMIME", StringComparison.Ordinal));
        await CheckArrived(message, received);
    }

    [Fact]
    public async Task Text_of_eight_bits_is_rewritten_for_a_next_hop_of_seven()
    {
        await using var sink = new RecordingSink { Extensions = ["PIPELINING"] };
        await using var mta = await MtaProcess.Start(Route(sink));
        using var client = await Connect(mta);
        string text = string.Concat(Enumerable.Repeat("schöne Grüße = δοκιμή 例え \t\r\n.\r\n", 500));
        using var message = Message(new TextPart("plain") { Text = text, ContentTransferEncoding = ContentEncoding.EightBit });
        await client.SendAsync(message, Cancel);
        await sink.Received(1, () => mta.Output);
        var received = sink.Messages.First();
        Assert.DoesNotContain(received.Data, octet => octet > 127);
        Assert.All(received.Text.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        using var arrived = await MimeMessage.LoadAsync(new MemoryStream(received.Original), Cancel);
        Assert.Equal(Digest(message), Digest(arrived));
    }

    [Fact]
    public async Task International_addresses_pass()
    {
        await using var sink = new RecordingSink { Extensions = RecordingSink.Everything };
        await using var mta = await MtaProcess.Start(Route(sink));
        using var client = await Connect(mta);
        using var message = Message(new TextPart("plain") { Text = "schöne Grüße\r\n" }, "jörg@src.test", "δοκιμή@dst.test");
        var format = FormatOptions.Default.Clone();
        format.International = true;
        await client.SendAsync(format, message, Cancel);
        await sink.Received(1, () => mta.Output);
        var received = sink.Messages.First();
        Assert.Equal(("jörg@src.test", "δοκιμή@dst.test"), (received.From, received.Recipients[0]));
        Assert.Contains(" SMTPUTF8", received.MailLine, StringComparison.Ordinal);
        using var arrived = await MimeMessage.LoadAsync(new MemoryStream(received.Original), Cancel);
        Assert.Equal(message.From.ToString(), arrived.From.ToString());
        Assert.Equal(message.TextBody, arrived.TextBody);
    }

    [Fact]
    public async Task Delivery_status_parameters_are_handed_on()
    {
        await using var sink = new RecordingSink { Extensions = RecordingSink.Everything };
        await using var mta = await MtaProcess.Start(Route(sink));
        using var client = await Connect(mta, client: new NotifyingClient(DeliveryStatusNotification.Failure | DeliveryStatusNotification.Delay));
        using var message = Binary(10, ContentEncoding.Base64);
        await client.SendAsync(message, Cancel);
        await sink.Received(1, () => mta.Output);
        var received = sink.Messages.First();
        Assert.Contains(" ENVID=" + NotifyingClient.EnvelopeId, received.MailLine, StringComparison.Ordinal);
        Assert.Contains(" RET=HDRS", received.MailLine, StringComparison.Ordinal);
        Assert.Matches(" NOTIFY=(FAILURE,DELAY|DELAY,FAILURE)( |$)", received.RecipientLines[0]);
        Assert.Contains(" ORCPT=rfc822;bob@dst.test", received.RecipientLines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sender_who_asks_learns_of_success_where_the_next_hop_cannot_tell()
    {
        // no DSN there: we say "relayed" ourselves (RFC 3461 §5.2.2)
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink));
        using var client = await Connect(mta, client: new NotifyingClient(DeliveryStatusNotification.Success));
        using var message = Binary(10, ContentEncoding.Base64);
        await client.SendAsync(message, Cancel);
        await sink.Received(2, () => mta.Output);
        using var report = await MimeMessage.LoadAsync(new MemoryStream(sink.Messages.Single(m => m.From.Length == 0).Data), Cancel);
        var status = Assert.IsType<MultipartReport>(report.Body).OfType<MessageDeliveryStatus>().Single();
        Assert.Equal(NotifyingClient.EnvelopeId, status.StatusGroups[0]["Original-Envelope-Id"]);
        Assert.Equal("relayed", status.StatusGroups[1]["Action"]);
        Assert.Equal("rfc822; bob@dst.test", status.StatusGroups[1]["Original-Recipient"]);
    }

    [Fact]
    public async Task Many_clients_at_once_lose_nothing()
    {
        const int Clients = 20, Each = 20;
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(Route(sink) + certificate.Offer);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async n =>
        {
            using var client = await Connect(mta, n % 2 == 0 ? null : certificate);
            for (int i = 0; i < Each; i++)
            {
                using var message = Message(new TextPart("plain") { Text = string.Create(CultureInfo.InvariantCulture, $"{n}-{i}\r\n") }, to: $"r{n}-{i}@dst.test");
                await client.SendAsync(message, Cancel);
            }
            await client.DisconnectAsync(true, Cancel);
        }));
        await mta.Drained();
        Assert.Equal(Clients * Each, sink.Messages.Count);
        Assert.Equal(Clients * Each, sink.Recipients.Distinct().Count());
        Assert.All(sink.Messages, m => Assert.EndsWith($"\r\n\r\n{m.Recipients[0][1..^9]}\r\n", m.Text, StringComparison.Ordinal));
    }

    private sealed class NotifyingClient : SmtpClient
    {
        public const string EnvelopeId = "envelope-17";
        private readonly DeliveryStatusNotification _notify;

        public NotifyingClient(DeliveryStatusNotification notify)
        {
            _notify = notify;
            DeliveryStatusNotificationType = DeliveryStatusNotificationType.HeadersOnly;
        }

        protected override string GetEnvelopeId(MimeMessage message) => EnvelopeId;

        protected override DeliveryStatusNotification? GetDeliveryStatusNotifications(MimeMessage message, MailboxAddress mailbox) => _notify;
    }
}
