using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mta.Server.Web;

namespace Mta.Server.Commands;

/// <summary>Asks the admin API of a node. What it refuses is a <see cref="NodeException"/>.</summary>
internal sealed class NodeClient(HttpClient client)
{
    /// <param name="body">Sent as JSON; null: none.</param>
    public Task<T> Send<T>(HttpMethod method, string path, CancellationToken cancel, object? body = null) =>
        Send<T>(method, path, body is null ? null : JsonContent.Create(body, options: NodeOptions.Format), cancel);

    public async Task<T> Send<T>(HttpMethod method, string path, HttpContent? content, CancellationToken cancel)
    {
        using var response = await Answer(method, path, content, HttpCompletionOption.ResponseContentRead, cancel);
        return (await response.Content.ReadFromJsonAsync<T>(NodeOptions.Format, cancel))!;
    }

    /// <summary>An answer that is to be read as it comes.</summary>
    public Task<HttpResponseMessage> Open(string path, CancellationToken cancel) => Answer(HttpMethod.Get, path, null, HttpCompletionOption.ResponseHeadersRead, cancel);

    private async Task<HttpResponseMessage> Answer(HttpMethod method, string path, HttpContent? content, HttpCompletionOption completion, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, "/api/v1/" + path) { Content = content };
        var response = await client.SendAsync(request, completion, cancel);
        if (response.IsSuccessStatusCode) return response;
        using (response)
            throw new NodeException(response.StatusCode == HttpStatusCode.Unauthorized
                ? "the node does not accept the token in this data folder"
                : await Reason(response, cancel) ?? $"the node answered {(int)response.StatusCode}");
    }

    private static async Task<string?> Reason(HttpResponseMessage response, CancellationToken cancel)
    {
        try
        {
            return (await response.Content.ReadFromJsonAsync<Problem>(NodeOptions.Format, cancel))?.Error;
        }
        catch (JsonException)
        {
            // a fault of the node itself has no words
            return null;
        }
    }
}

/// <summary>What the node said is wrong.</summary>
internal sealed class NodeException(string message) : Exception(message);
