using System.Text;
using Mta.Interop.Tests.Bench;
using Mta.Mailbox;

namespace Mta.Interop.Tests;

/// <summary>mutt, with its keys pressed by a script: it reads, flags, answers for read, copies, moves and deletes.</summary>
public sealed class MuttTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-mutt-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static byte[] Message(int number) =>
        Encoding.UTF8.GetBytes($"From: a@src.test\r\nTo: tim@src.test\r\nSubject: number {number}\r\nMessage-ID: <{number}@src.test>\r\nDate: Fri, 09 Jan 2026 10:0{number}:00 +0000\r\n\r\nThis is the text of {number}.\r\n");

    /// <summary>Opens a mailbox and presses keys; <c>&lt;function&gt;</c> is what mutt calls so.</summary>
    private async Task<string> Press(string url, TestCertificate certificate, string keys)
    {
        string mutt = Command.Need("mutt", "mutt"), script = Command.Need("script", "bsdutils");
        string rc = Path.Combine(_folder, "muttrc"), output = Path.Combine(_folder, "output");
        await File.WriteAllTextAsync(rc, $"""
            set imap_pass="{BenchAccounts.Password}" pop_pass="{BenchAccounts.Password}"
            set certificate_file="{certificate.CertificatePath}" ssl_force_tls=yes
            set folder="{_folder}" record="" postponed="" mbox="" tmpdir="{_folder}" header_cache="" message_cachedir=""
            set move=no delete=yes confirmappend=no confirmcreate=no wait_key=no beep=no sleep_time=0 quit=yes sort=date pop_delete=no pop_checkinterval=1
            unset mark_old prompt_after
            push "{keys}"

            """, Cancel);
        // it wants a terminal
        var result = await Command.Run(script, ["--quiet", "--return", "--command", $"TERM=vt100 LINES=40 COLUMNS=120 HOME={_folder} {mutt} -n -F {rc} -f '{url}'", output], _folder);
        string screen = File.Exists(output) ? await File.ReadAllTextAsync(output, Cancel) : "";
        Assert.True(result.ExitCode == 0, result.Output + result.Error + screen);
        return screen;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_works_with_a_mailbox_by_IMAP(bool isImplicit)
    {
        await using var node = await ImapNode.Start();
        await node.Add("INBOX", Enumerable.Range(1, 6).Select(Message));
        string scheme = isImplicit ? "imaps" : "imap", url = $"{scheme}://{Uri.EscapeDataString(BenchAccounts.Name)}@localhost:{node.PortOf(isImplicit)}/";
        string text = Path.Combine(_folder, "text");
        string screen = await Press(url + "INBOX", node.Submission.Certificate,
            // 1 is read, and its text saved; 2 flagged; 3 deleted; 4 copied, 5 moved
            $"<first-entry><display-message><exit><pipe-message>cat>{text}<enter><jump>2<enter><flag-message><jump>3<enter><delete-message>"
            + $"<jump>4<enter><copy-message>{url}Archive<enter><jump>5<enter><save-message>{url}Trash<enter><sync-mailbox><quit>");
        Assert.True(File.Exists(text), screen);
        Assert.Contains("This is the text of 1.", await File.ReadAllTextAsync(text, Cancel), StringComparison.Ordinal);
        var inbox = await node.Messages("INBOX");
        Assert.Equal([1u, 2u, 4u, 6u], inbox.Select(m => m.Uid));
        Assert.Equal([MailFlags.Seen, MailFlags.Flagged], inbox.Take(2).Select(m => m.Flags & MailFlags.System));
        Assert.Equal(Message(4).Length, Assert.Single(await node.Messages("Archive")).Size);
        Assert.Equal(Message(5).Length, Assert.Single(await node.Messages("Trash")).Size);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_reads_and_removes_by_POP3(bool isImplicit)
    {
        await using var node = await Pop3Node.Start();
        string text = Path.Combine(_folder, "text"), kept = Path.Combine(_folder, "kept");
        // the messages have no dates: they come in the order in which they are there
        string screen = await Press($"{(isImplicit ? "pops" : "pop")}://{Uri.EscapeDataString(BenchAccounts.Name)}@localhost:{node.PortOf(isImplicit)}/", node.Submission.Certificate,
            $"<jump>1<enter><display-message><exit><pipe-message>cat>{text}<enter><jump>2<enter><copy-message>{kept}<enter><jump>4<enter><delete-message><sync-mailbox><quit>");
        Assert.True(File.Exists(text), screen);
        Assert.Contains("...", await File.ReadAllTextAsync(text, Cancel), StringComparison.Ordinal);
        Assert.Contains("schöne Grüße, δοκιμή", await File.ReadAllTextAsync(kept, Cancel), StringComparison.Ordinal);
        Assert.Equal(Pop3Node.Samples.Length - 1, await node.Count());
    }
}
