using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Mta.Mailbox;
using Mta.Server.MailFiles;

namespace Mta.Server.Commands;

/// <summary><c>mta store import|export</c>: mail in files, and in the mailboxes of the running node.</summary>
internal static class MailFileCommands
{
    private const int MaxShown = 20;

    public static Command Import()
    {
        var (node, account, path, format, mailbox) = (new NodeOptions(), AccountCommand.Account(), Path("What to read: a Maildir, an mbox, or a folder of mboxes."), Format(), Mailbox("The mailbox for what lies at the root, with the others below it. Without it: INBOX, and each by its name."));
        var again = new Option<bool>("--again") { Description = "Import also what is there already: the same octets, received in the same second, in the same mailbox." };
        var command = new Command("import", """
            Bring mail from a Maildir (Maildir++, or folders in folders) or mbox into an account, with flags, keywords, dates, folders and subscriptions.
            What was imported before is left alone. Line ends become CRLF; all else stays as it is.
            Example: mta store import ann@example.com /home/ann/Maildir
            """) { account, path, format, mailbox, again };
        node.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            if (Open(parsed.GetValue(path)!, parsed.GetValue(format)) is not { } source) return Task.FromResult(ExitCode.Usage);
            return node.Use(parsed, async (client, json) =>
            {
                using var progress = new ProgressLine();
                var done = await new StoreImport(client, parsed.GetValue(account)!, parsed.GetValue(mailbox), parsed.GetValue(again), progress, cancel).RunAsync(source);
                progress.Clear();
                return Print(done, json, done.Errors, done.Warnings, string.Create(CultureInfo.InvariantCulture,
                    $"{done.Imported} messages imported into {done.Mailboxes.Count} mailboxes ({done.Octets} octets), {done.Present} were there already, {done.Failed} failed"), done.Failed);
            }, cancel);
        });
        return command;
    }

    public static Command Export()
    {
        var (node, account, path, format, mailbox) = (new NodeOptions(), AccountCommand.Account(), Path("A folder to write to, new or empty."), Format(), Mailbox("Only this one and those below it."));
        format.DefaultValueFactory = _ => MailFormats.Names[0];
        var update = new Option<bool>("--update") { Description = "The folder holds a former export: add what is new, and change flags (maildir), or write the files anew (mbox)." };
        var command = new Command("export", """
            Write the mail of an account to a Maildir (maildir: Maildir++, maildir-fs: folders in folders) or to mboxes, with flags, keywords, dates, folders
            and subscriptions. CRLF becomes LF, but in messages where that could not be undone.
            Example: mta store export ann@example.com backup/ann --format mbox
            """) { account, path, format, mailbox, update };
        node.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            string root = parsed.GetValue(path)!;
            if (MailFormats.Parse(parsed.GetValue(format)!) is not { } wanted) return Task.FromResult(Wrong("--format is " + string.Join(", ", MailFormats.Names)));
            if (File.Exists(root)) return Task.FromResult(Wrong($"{root} is a file: name a folder"));
            if (!parsed.GetValue(update) && Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any()) return Task.FromResult(Wrong($"{root} is not empty: name another folder, or say --update where it holds a former export"));
            return node.Use(parsed, async (client, json) =>
            {
                using var progress = new ProgressLine();
                var name = parsed.GetValue(mailbox) is { } only ? MailboxName.Normalize(only) : null;
                var done = await new StoreExport(client, parsed.GetValue(account)!, progress, cancel).RunAsync(MailFormats.Create(root, wanted), wanted, name);
                progress.Clear();
                return Print(done, json, done.Errors, done.Warnings, string.Create(CultureInfo.InvariantCulture,
                    $"{done.Exported} messages of {done.Mailboxes.Count} mailboxes exported ({done.Octets} octets), {done.Present} were there already, {done.Failed} failed"), done.Failed);
            }, cancel);
        });
        return command;
    }

    private static Argument<string> Path(string what) => new("PATH") { Description = what };

    private static Option<string?> Format() => new("--format") { Description = "maildir, maildir-fs or mbox.", HelpName = "FORMAT" };

    private static Option<string?> Mailbox(string what) => new("--mailbox") { Description = what, HelpName = "NAME" };

    private static MailSource? Open(string path, string? format)
    {
        if (format is not null && MailFormats.Parse(format) is null)
        {
            Wrong("--format is " + string.Join(", ", MailFormats.Names));
            return null;
        }
        try
        {
            return MailFormats.Open(path, format is null ? null : MailFormats.Parse(format));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Wrong(e.Message);
            return null;
        }
    }

    private static int Wrong(string what)
    {
        Console.Error.WriteLine("mta: " + what);
        return ExitCode.Usage;
    }

    private static int Print<T>(T done, bool json, IReadOnlyList<string> errors, IReadOnlyList<string> warnings, string summary, long failed)
    {
        if (json) Console.WriteLine(JsonSerializer.Serialize(done, NodeOptions.Format));
        else
        {
            foreach (string line in warnings.Concat(errors).Take(MaxShown)) Console.Error.WriteLine("mta: " + line);
            if (warnings.Count + errors.Count > MaxShown) Console.Error.WriteLine($"mta: and {warnings.Count + errors.Count - MaxShown} more; --json shows them");
            Console.WriteLine(summary);
        }
        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
