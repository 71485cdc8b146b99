using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mta.Server.Web;

namespace Mta.Server.Commands;

/// <summary>Which running node a command speaks to, and how its answer is printed.</summary>
internal sealed class NodeOptions
{
    /// <summary>How the API and <c>--json</c> write: as the web does, with the names of enumerations.</summary>
    internal static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };
    private readonly Option<string?> _config = CommonOptions.Config();
    private readonly Option<string?> _dataDir = new("--data-dir") { Description = "The node's data folder, instead of the configuration's.", HelpName = "DIR" };
    private readonly Option<string?> _url = new("--url") { Description = "The node's http listener, instead of the socket in the data folder.", HelpName = "URL" };
    private readonly Option<bool> _json = CommonOptions.Json();

    public void AddTo(Command command)
    {
        command.Options.Add(_config);
        command.Options.Add(_dataDir);
        command.Options.Add(_url);
        command.Options.Add(_json);
    }

    /// <summary>Sends a request; prints the answer as it is for <c>--json</c>, else by <paramref name="print"/>.</summary>
    /// <param name="body">Sent as JSON; null: none.</param>
    public Task<int> Run<T>(ParseResult parsed, HttpMethod method, string path, Action<T> print, CancellationToken cancel, object? body = null) =>
        Connected(parsed, async client =>
        {
            var answer = await Send<T>(client, method, path, cancel, body);
            if (parsed.GetValue(_json)) Console.WriteLine(JsonSerializer.Serialize(answer, Format));
            else print(answer);
            return ExitCode.Done;
        }, cancel);

    /// <summary>Hands <paramref name="use"/> what asks for the path, again and again, and whether <c>--json</c> was given.</summary>
    public Task<int> Watch<T>(ParseResult parsed, string path, Func<Func<Task<T>>, bool, Task> use, CancellationToken cancel) =>
        Connected(parsed, async client =>
        {
            try
            {
                await use(() => Send<T>(client, HttpMethod.Get, path, cancel), parsed.GetValue(_json));
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                // Ctrl-C is a way to end it
            }
            return ExitCode.Done;
        }, cancel);

    /// <summary>Prints each message that matches, with what it waits for.</summary>
    public Task<int> RunEach(ParseResult parsed, FilterOptions filter, Action<MessageView> print, CancellationToken cancel) =>
        Connected(parsed, async client =>
        {
            string query = filter.Query(parsed);
            if (query.Length == 0)
            {
                Console.Error.WriteLine("mta: name an ID, --sender, --recipient or --domain");
                return ExitCode.Usage;
            }
            var list = await Send<QueueList>(client, HttpMethod.Get, $"queue?{query}", cancel);
            if (list.Messages.Length == 0)
            {
                Console.Error.WriteLine("mta: no such message in the queue");
                return ExitCode.Failed;
            }
            var messages = new List<MessageView>();
            foreach (var message in list.Messages) messages.Add(await Send<MessageView>(client, HttpMethod.Get, $"queue/{message.Id}", cancel));
            if (parsed.GetValue(_json)) Console.WriteLine(JsonSerializer.Serialize(messages, Format));
            else foreach (var message in messages) print(message);
            return ExitCode.Done;
        }, cancel);

    /// <summary>Hands <paramref name="use"/> the node for as many requests as it likes, each of which may take its time; and whether <c>--json</c> was given.</summary>
    public Task<int> Use(ParseResult parsed, Func<NodeClient, bool, Task<int>> use, CancellationToken cancel) => Connected(parsed, client =>
    {
        client.Timeout = Timeout.InfiniteTimeSpan;
        return use(new(client), parsed.GetValue(_json));
    }, cancel);

    private async Task<int> Connected(ParseResult parsed, Func<HttpClient, Task<int>> use, CancellationToken cancel)
    {
        string? dataDir = parsed.GetValue(_dataDir);
        if (dataDir is null)
        {
            if (CommonOptions.Load(parsed.GetValue(_config)) is not { } settings) return ExitCode.Usage;
            dataDir = settings.DataDir;
        }
        try
        {
            using var client = new AdminAccess(dataDir).Connect(parsed.GetValue(_url));
            return await use(client);
        }
        catch (NodeException e)
        {
            Console.Error.WriteLine($"mta: {e.Message}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Console.Error.WriteLine("mta: stopped");
            return ExitCode.Failed;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or TaskCanceledException or UriFormatException or System.Net.Sockets.SocketException)
        {
            Console.Error.WriteLine($"mta: no running node could be reached through {dataDir}: {e.Message}. Is it started, and is this its data folder (--config, --data-dir)?");
            return ExitCode.Unreachable;
        }
    }

    private static Task<T> Send<T>(HttpClient client, HttpMethod method, string path, CancellationToken cancel, object? body = null) =>
        new NodeClient(client).Send<T>(method, path, cancel, body);
}
