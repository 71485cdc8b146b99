using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Mta.Tls.Acme;

/// <summary>The page of http-01 (RFC 8555 §8.3). Nothing else is there: every other question gets 404, and the port is open while an order is under way only.</summary>
internal sealed class HttpAnswer : IChallengeAnswer
{
    private const string Folder = "/.well-known/acme-challenge/";
    private const int MaxConnections = 100, MaxRequestHead = 8192;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private readonly WebApplication _app;
    private int _answered;

    private HttpAnswer(IPEndPoint listen, string token, string keyAuthorization)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxRequestHead;
            kestrel.Limits.MaxRequestLineSize = MaxRequestHead;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.RequestHeadersTimeout = Limit;
            kestrel.Limits.KeepAliveTimeout = Limit;
            kestrel.Listen(listen);
        });
        _app = builder.Build();
        byte[] page = Encoding.ASCII.GetBytes(keyAuthorization);
        _app.Run(context =>
        {
            if (context.Request.Path.Value != Folder + token || !(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
            Interlocked.Increment(ref _answered);
            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = page.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(page).AsTask();
        });
    }

    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Listens; throws <see cref="IOException"/> where the port is taken or not ours to take.</summary>
    public static async Task<HttpAnswer> StartAsync(IPEndPoint listen, string token, string keyAuthorization, CancellationToken cancel)
    {
        var answer = new HttpAnswer(listen, token, keyAuthorization);
        try
        {
            await answer._app.StartAsync(cancel).ConfigureAwait(false);
            return answer;
        }
        catch
        {
            await answer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync().ConfigureAwait(false);
}
