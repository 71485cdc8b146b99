using System.Net;
using System.Net.Http.Json;
using Mta.Load.Sink;

namespace Mta.Load;

/// <summary>Asks a sink (<c>mta sink --http</c>) what came of a run.</summary>
public sealed class SinkWatch(Uri sink, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200), Limit = TimeSpan.FromSeconds(10);
    private readonly HttpClient _http = new() { BaseAddress = sink, Timeout = Limit };

    /// <summary>Whether it is there, before the run; throws <see cref="IOException"/> with one clear line if it is not.</summary>
    public async Task Try(CancellationToken cancel)
    {
        try
        {
            if (await _http.GetFromJsonAsync<SinkSummary>("/", cancel).ConfigureAwait(false) is not { Check: not null }) throw new IOException($"{sink} is no mta sink --http");
        }
        catch (Exception e) when (IsFailure(e) && !cancel.IsCancellationRequested)
        {
            throw new IOException($"the sink at {sink} does not answer as mta sink --http does: {e.Message}", e);
        }
    }

    /// <summary>
    /// Waits until all has come, or nothing new came for <paramref name="patience"/>, and returns what came. Throws <see cref="IOException"/> where
    /// the sink is gone; with cancellation it returns what came so far.
    /// </summary>
    public async Task<Arrivals> Wait(uint run, long accepted, TimeSpan patience, CancellationToken cancel)
    {
        long known = -1, since = time.GetTimestamp();
        while (true)
        {
            var found = await Ask(run).ConfigureAwait(false);
            var arrivals = Arrivals.Of(found, accepted);
            if (arrivals.Messages != known) (known, since) = (arrivals.Messages, time.GetTimestamp());
            if (arrivals.Lost == 0 || cancel.IsCancellationRequested || time.GetElapsedTime(since) >= patience) return arrivals;
            try
            {
                await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // one last look
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<CheckSummary?> Ask(uint run)
    {
        try
        {
            return await _http.GetFromJsonAsync<CheckSummary>($"/runs/{run}").ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw new IOException($"the sink at {sink} does not answer: {e.Message}", e);
        }
    }

    private static bool IsFailure(Exception e) => e is HttpRequestException or System.Text.Json.JsonException or OperationCanceledException or NotSupportedException;
}
