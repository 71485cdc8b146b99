using System.Net;
using System.Text;
using MimeKit;

namespace Mta.Load.Tests.Load;

public sealed class AttachmentTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mta-attach-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(10, false)]
    [InlineData(300_000, false)]
    [InlineData(300_000, true)]
    public async Task Files_come_whole_and_on_top_of_the_size(int octets, bool bdat)
    {
        byte[] content = new byte[octets];
        new Random(1).NextBytes(content);
        string large = Path.Combine(_folder.FullName, "grün.pdf"), small = Path.Combine(_folder.FullName, "b.txt");
        await File.WriteAllBytesAsync(large, content, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(small, ".\r\n..\r\n", TestContext.Current.CancellationToken);
        await using var server = new LoadServer();
        var options = new LoadOptions
        {
            Target = server.Target,
            Count = 6,
            Sessions = 2,
            Bdat = bdat,
            Messages = new MessageSource.Generated(new MessageSize(5000)) { Attachments = [large, small] },
        };
        var result = await new LoadRun(options, TimeProvider.System).Run(null, TestContext.Current.CancellationToken);

        Assert.Equal((6, 6), (result.Counts.Accepted, server.Messages.Count));
        foreach (string text in server.Messages)
        {
            var message = await MimeMessage.LoadAsync(new MemoryStream(Encoding.Latin1.GetBytes(text)), TestContext.Current.CancellationToken);
            var parts = Assert.IsType<Multipart>(message.Body);
            Assert.Equal(["text/plain", "application/pdf", "text/plain"], parts.Select(p => p.ContentType.MimeType));
            var attachments = message.Attachments.Cast<MimePart>().ToArray();
            Assert.Equal(["grün.pdf", "b.txt"], attachments.Select(a => a.FileName));
            using var decoded = new MemoryStream();
            attachments[0].Content!.DecodeTo(decoded, TestContext.Current.CancellationToken);
            Assert.Equal(content, decoded.ToArray());
            Assert.Equal(5000, text.IndexOf("--=_load\r\nContent-Type: application/pdf", StringComparison.Ordinal));
            Assert.All(text.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_told_before_the_run() => Assert.ThrowsAny<IOException>(() => new LoadRun(
        new() { Target = new DnsEndPoint("127.0.0.1", 9), Count = 1, Messages = new MessageSource.Generated(new(4096)) { Attachments = [Path.Combine(_folder.FullName, "none")] } },
        TimeProvider.System));
}
