using System.Buffers;
using System.ComponentModel;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Protocol.Addresses;

namespace Mta.Server.Web;

/// <summary>The mailboxes of an account over HTTP: what <c>mta store import</c> and <c>export</c> use.</summary>
internal static class MailboxesApi
{
    /// <summary>Octets of an answer: it ends with the message that reaches them.</summary>
    private const long MaxAnswer = 8 << 20;

    private const int BufferSize = 64 * 1024, ReadFirst = 1 << 20;

    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        var group = api.MapGroup("/accounts/{address}").WithTags("mailboxes").Refuses(StatusCodes.Status404NotFound);
        group.MapGet("/mailboxes", async ([Description(DirectoryApi.Account)] string address, CancellationToken cancel) =>
        {
            var account = await FindAsync(node, address, cancel);
            await node.Mailboxes.EnsureAsync(account);
            return Results.Ok(await Task.Run(() => List(node, account), cancel));
        }).Describe<IReadOnlyList<MailboxView>>("The mailboxes of an account, by name.");

        group.MapPost("/mailboxes", async ([Description(DirectoryApi.Account)] string address, NewMailbox body, CancellationToken cancel) =>
        {
            var account = await FindAsync(node, address, cancel);
            string name = MailboxName.Normalize(body.Name ?? "");
            try
            {
                await node.Mailboxes.CreateAsync(account, name);
            }
            catch (MailboxException e) when (e.Problem == MailboxProblem.Exists)
            {
                // that is what was wanted
            }
            catch (MailboxException e)
            {
                throw new DirectoryException(DirectoryError.Invalid, e.Message);
            }
            if (body.Subscribe == true) await node.Mailboxes.SubscribeAsync(account, name, subscribed: true);
            return Results.Ok((await Task.Run(() => List(node, account), cancel)).First(m => m.Name == name));
        }).Describe<MailboxView>("Makes a mailbox, and those above it, where they are missing; subscribes to it if asked to.");

        group.MapPost("/messages", async ([Description(DirectoryApi.Account)] string address, HttpContext context, CancellationToken cancel) =>
        {
            context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
            var account = await FindAsync(node, address, cancel);
            return Results.Ok(await new MessageImport(node.Mailboxes, account, new(context.Request.BodyReader, Format(context))).RunAsync(cancel));
        }).Accepts<Stream>(MessageFrame.ContentType)
            .Describe<IReadOnlyList<ImportedMessage>>($"Imports messages into mailboxes that are there, 200 at most: for each a line of JSON {{mailbox, size, receivedAt, flags, keywords, copy}}, and its octets. One that is there already is not put there again.");

        group.MapGet("/messages", async (
            [Description(DirectoryApi.Account)] string address, [Description("The name of a mailbox.")] string mailbox,
            [Description("Only those with a greater UID.")] uint? after, HttpContext context, CancellationToken cancel) =>
        {
            var account = await FindAsync(node, address, cancel);
            context.Response.ContentType = MessageFrame.ContentType;
            try
            {
                // reading waits for the disk
                await Task.Run(() => ExportAsync(node, account, mailbox, after ?? 0, context.Response.BodyWriter, Format(context), cancel), cancel);
            }
            catch (IOException) when (context.Response.HasStarted)
            {
                // what was announced cannot be sent: the connection ends in the middle, and the client knows
                context.Abort();
            }
        }).WithSummary("Exports some messages of a mailbox, in order of their UIDs: for each a line of JSON {uid, size, receivedAt, flags, keywords}, and its octets. Ask again after the last of them until there are none.")
            .Produces<Stream>(StatusCodes.Status200OK, MessageFrame.ContentType);
    }

    private static JsonSerializerOptions Format(HttpContext context) => context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;

    private static async Task<Account> FindAsync(MtaNode node, string address, CancellationToken cancel) =>
        address.LastIndexOf('@') is > 0 and var at && DomainName.Normalize(address[(at + 1)..]) is { } domain
        && await node.Directory.FindAccountAsync(new MailPath(address, domain), cancel) is { } account ? account : throw new DirectoryException(DirectoryError.NotFound, $"there is no account {address}");

    private static MailboxView[] List(MtaNode node, Account account)
    {
        using var reader = node.Mailboxes.Store.Read(account.Id);
        var subscribed = reader.Subscriptions().ToHashSet(StringComparer.Ordinal);
        return [.. reader.List().Select(m => new MailboxView(m.Name, m.Id, m.Messages, m.Unseen, m.Octets, m.SpecialUse, subscribed.Contains(m.Name), m.UidValidity, reader.Keywords(m.Id).Names))];
    }

    private static async Task ExportAsync(MtaNode node, Account account, string mailbox, uint after, PipeWriter output, JsonSerializerOptions format, CancellationToken cancel)
    {
        using var reader = node.Mailboxes.Store.Read(account.Id);
        if (after == uint.MaxValue || reader.Find(MailboxName.Normalize(mailbox)) is not { } found) return;
        var keywords = reader.Keywords(found.Id);
        var (octets, count) = (0L, 0);
        byte[] start = ArrayPool<byte>.Shared.Rent(ReadFirst);
        try
        {
            foreach (var (message, content) in reader.Contents(found.Id, new(after + 1, uint.MaxValue)))
            {
                // what is announced has to follow: as a rule all of it is here before
                int length = (int)Math.Min(content.Size, ReadFirst), read = 0;
                for (int more; read < length && (more = reader.Read(content, read, start.AsSpan(read, length - read))) > 0;) read += more;
                var frame = new MessageFrame(found.Name, content.Size, message.ReceivedAt, message.Flags & MailFlags.System, [.. keywords.Of(message.Flags)], message.Uid);
                if (read < length) frame = frame with { Size = 0, Error = "its octets are damaged" };
                await output.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(frame, format), (byte)'\n'], cancel);
                if (frame.Error is null) await output.WriteAsync(start.AsMemory(0, length), cancel);
                for (long offset = length; frame.Error is null && offset < content.Size; offset += read)
                {
                    read = reader.Read(content, offset, output.GetSpan(BufferSize));
                    if (read == 0) throw new IOException($"the body of UID {message.Uid} cannot be read");
                    output.Advance(read);
                    await output.FlushAsync(cancel);
                }
                if ((octets += content.Size) >= MaxAnswer || ++count >= MessageFrame.MaxMessages) return;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(start);
        }
    }

    internal sealed record NewMailbox(string? Name, bool? Subscribe);
}
