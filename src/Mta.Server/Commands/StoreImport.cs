using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Mta.Server.MailFiles;
using Mta.Server.Web;

namespace Mta.Server.Commands;

/// <summary>What became of an import.</summary>
/// <param name="Present">Messages that had been imported before.</param>
/// <param name="Errors">What could not be imported; the first thousand.</param>
internal sealed record StoreImported(long Imported, long Present, long Failed, long Octets, IReadOnlyList<string> Mailboxes, IReadOnlyList<string> Warnings, IReadOnlyList<string> Errors);

/// <summary>Sends mail from files to the node, some messages in each request.</summary>
/// <param name="into">The mailbox for what lies at the root, with the others below it; null: INBOX, and each by its name.</param>
/// <param name="again">Also what is there already.</param>
internal sealed class StoreImport(NodeClient client, string account, string? into, bool again, ProgressLine progress, CancellationToken cancel)
{
    private const int InMemory = 256 * 1024, MaxTold = 1000;
    private const long MaxRequest = 16 << 20;

    private readonly List<(SourceMessage Source, MessageFrame Frame, FileBufferingWriteStream Octets)> _waiting = [];
    private readonly Dictionary<UInt128, int> _copies = [];
    private readonly List<string> _mailboxes = [], _warnings = [], _errors = [];
    private readonly HashSet<string> _badKeywords = new(StringComparer.Ordinal);
    private long _imported, _present, _failed, _octets, _size;

    private string Accounts => $"accounts/{Uri.EscapeDataString(account)}";

    public async Task<StoreImported> RunAsync(MailSource source)
    {
        foreach (var mailbox in source.Mailboxes)
        {
            string name = Mailbox.MailboxName.Normalize(Target(mailbox.Name));
            try
            {
                bool subscribe = source.Subscribed?.Contains(mailbox.Name.Length == 0 ? Mailbox.MailboxName.Inbox : mailbox.Name) ?? true;
                await client.Send<MailboxView>(HttpMethod.Post, $"{Accounts}/mailboxes", cancel, new { Name = name, Subscribe = subscribe });
                _mailboxes.Add(name);
                foreach (var message in mailbox.Messages) await AddAsync(name, message);
            }
            catch (NodeException e)
            {
                Fail($"{mailbox.Origin}: {e.Message}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                Fail($"{mailbox.Origin}: {e.Message}");
            }
            await SendAsync();
        }
        return new(_imported, _present, _failed, _octets, _mailboxes, _warnings, _errors);
    }

    private string Target(string name) => into is null ? name.Length == 0 ? Mailbox.MailboxName.Inbox : name
        : name.Length == 0 || name.Equals(Mailbox.MailboxName.Inbox, StringComparison.OrdinalIgnoreCase) ? into : $"{into}/{name}";

    private async Task AddAsync(string mailbox, SourceMessage message)
    {
        var octets = new FileBufferingWriteStream(InMemory);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long size = 0;
            message.CopyTo(new Tee(octets, hash, count => size += count));
            if (size == 0) throw new InvalidDataException("it is empty");
            if (size > MessageFrame.MaxSize) throw new InvalidDataException("it is larger than 1 GiB");
            int copy = again ? 0 : Copy(mailbox, message, hash.GetHashAndReset());
            _waiting.Add((message, new(mailbox, size, message.ReceivedAt, message.Flags, Keywords(message), Copy: copy), octets));
            _size += size;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await octets.DisposeAsync();
            Fail($"{message.Origin}: {e.Message}");
        }
        if (_waiting.Count == MessageFrame.MaxMessages || _size >= MaxRequest) await SendAsync();
    }

    /// <summary>The first, second … of the same in a mailbox: there are to be as many as there are in the files.</summary>
    private int Copy(string mailbox, SourceMessage message, byte[] hash)
    {
        byte[] key = SHA256.HashData([.. hash, .. BitConverter.GetBytes(message.ReceivedAt.ToUnixTimeSeconds()), .. System.Text.Encoding.UTF8.GetBytes(mailbox)]);
        var number = BitConverter.ToUInt128(key, 0);
        return _copies[number] = _copies.GetValueOrDefault(number) + 1;
    }

    private string[] Keywords(SourceMessage message)
    {
        foreach (string bad in message.Keywords.Where(k => !MessageImport.IsKeyword(k)))
            if (_badKeywords.Add(bad) && _badKeywords.Count < MaxTold) _warnings.Add($"{message.Origin}: \"{bad}\" cannot be a keyword in IMAP, and is left out");
        return [.. message.Keywords.Where(MessageImport.IsKeyword)];
    }

    private async Task SendAsync()
    {
        if (_waiting.Count == 0) return;
        try
        {
            using var content = new Frames(_waiting, cancel);
            var answers = await client.Send<ImportedMessage[]>(HttpMethod.Post, $"{Accounts}/messages", content, cancel);
            foreach (var (waiting, answer) in _waiting.Zip(answers))
            {
                if (answer.Error is { } error) Fail($"{waiting.Source.Origin}: {error}");
                else if (answer.WasThere) _present++;
                else (_imported, _octets) = (_imported + 1, _octets + waiting.Frame.Size);
            }
        }
        catch (NodeException e)
        {
            foreach (var (source, _, _) in _waiting) Fail($"{source.Origin}: {e.Message}");
        }
        finally
        {
            foreach (var (_, _, octets) in _waiting) await octets.DisposeAsync();
            _waiting.Clear();
            _size = 0;
        }
        progress.Show(() => string.Create(CultureInfo.InvariantCulture,
            $"{_imported} imported, {_present} were there, {_failed} failed; {_octets >> 20} MiB, {(_imported + _present) / progress.Elapsed.TotalSeconds:F0} a second"));
    }

    private void Fail(string what)
    {
        _failed++;
        if (_errors.Count < MaxTold) _errors.Add(what);
    }

    /// <summary>The body of a request.</summary>
    private sealed class Frames : HttpContent
    {
        private readonly List<(SourceMessage, MessageFrame Frame, FileBufferingWriteStream Octets)> _messages;
        private readonly CancellationToken _cancel;

        public Frames(List<(SourceMessage, MessageFrame, FileBufferingWriteStream)> messages, CancellationToken cancel)
        {
            (_messages, _cancel) = (messages, cancel);
            Headers.ContentType = new MediaTypeHeaderValue(MessageFrame.ContentType);
        }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            foreach (var (_, frame, octets) in _messages)
            {
                await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(frame, Line), (byte)'\n'], _cancel);
                await octets.DrainBufferAsync(stream, _cancel);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        private static readonly JsonSerializerOptions Line = new(NodeOptions.Format) { WriteIndented = false };
    }

    /// <summary>Hashes and counts what it passes on.</summary>
    private sealed class Tee(Stream output, IncrementalHash hash, Action<int> count) : OctetFilter
    {
        public override void Write(ReadOnlySpan<byte> octets)
        {
            output.Write(octets);
            hash.AppendData(octets);
            count(octets.Length);
        }
    }
}
