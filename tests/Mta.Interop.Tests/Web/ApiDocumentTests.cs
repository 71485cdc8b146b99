using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using Mta.Interop.Tests.Bench;
using Mta.Server.Web;

namespace Mta.Interop.Tests.Web;

/// <summary>The description of the API is valid, and says all of every route.</summary>
public sealed class ApiDocumentTests
{
    // What other routes are there: pages that are not part of the API, and the metrics.
    private static readonly string[] Apart = ["/metrics", "/api/{documentName}/openapi.json"];

    private static async Task<OpenApiDocument> Read(WebNode web)
    {
        await using var json = await web.Client.GetStreamAsync(new Uri(ApiDocument.Path, UriKind.Relative), TestContext.Current.CancellationToken);
        var result = await OpenApiDocument.LoadAsync(json, "json", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Empty(result.Diagnostic!.Errors);
        Assert.Empty(result.Diagnostic.Warnings);
        return result.Document!;
    }

    [Fact]
    public async Task Every_route_is_described_and_nothing_else()
    {
        await using var web = await WebNode.Start();
        var document = await Read(web);
        string[] described = [.. document.Paths.SelectMany(p => p.Value.Operations!.Keys.Select(method => $"{method} {p.Key}")).Order()];
        string[] routes =
        [
            .. ((IEndpointRouteBuilder)web.App).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
                .Where(e => e.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null)
                .SelectMany(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"]).Select(method => (method, Path: Plain(e.RoutePattern))))
                .Where(r => !Apart.Contains(r.Path) && !r.Path.StartsWith("/metrics", StringComparison.Ordinal))
                .Select(r => $"{r.method} {r.Path}").Order(),
        ];
        Assert.NotEmpty(routes);
        Assert.Equal(routes, described);
    }

    [Fact]
    public async Task Each_says_what_it_does_takes_answers_and_refuses()
    {
        await using var web = await WebNode.Start();
        var document = await Read(web);
        var missing = new List<string>();
        foreach (var (path, item) in document.Paths)
            foreach (var (method, operation) in item.Operations!)
            {
                string name = $"{method} {path}";
                bool isApi = path.StartsWith("/api/", StringComparison.Ordinal);
                Need(operation.Summary is { Length: > 0 }, "a summary: .Describe<T>(\"…\")");
                Need(operation.Tags is { Count: > 0 } tags && tags.All(t => t.Name != "mta"), "a tag: .WithTags(\"…\") on its group");
                Need(operation.Responses!.Any(r => r.Key[0] == '2' && r.Value.Content is { Count: > 0 } content && content.Values.All(c => c.Schema is not null)), "the type of its answer: .Describe<T>(\"…\")");
                if (isApi) Need(operation.Security is [{ Count: 1 }], "the security scheme");
                if (isApi) Need(operation.Responses!.TryGetValue("401", out var refused) && refused.Content!.ContainsKey("application/json"), "401, which its group says by Refuses");
                foreach (var parameter in operation.Parameters ?? [])
                    Need(parameter.Description is { Length: > 0 } && parameter.Schema is not null, $"a description of the parameter {parameter.Name}: [Description(\"…\")]");
                // a path that names one thing can name one that is not there; a destination is any domain
                if (isApi && !path.StartsWith("/api/v1/domains/", StringComparison.Ordinal) && path.EndsWith('}') && operation.Parameters!.Any(p => p.In == ParameterLocation.Path))
                    Need(operation.Responses!.ContainsKey("404"), "404, for what is not there");

                void Need(bool there, string what)
                {
                    if (!there) missing.Add($"{name} lacks {what}");
                }
            }
        Assert.True(missing.Count == 0, string.Join('\n', missing));
        Assert.Equal(SecuritySchemeType.Http, document.Components!.SecuritySchemes!["bearer"].Type);
    }

    [Fact]
    public async Task It_needs_no_token_and_tells_no_address()
    {
        await using var web = await WebNode.Start();
        string text = await web.Client.GetStringAsync(new Uri(ApiDocument.Path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
        Assert.Contains("\"3.1", text, StringComparison.Ordinal);
    }

    // constraints such as {action:alpha} are the router's own
    private static string Plain(Microsoft.AspNetCore.Routing.Patterns.RoutePattern pattern) =>
        "/" + string.Join('/', pattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p => p switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => "{" + parameter.Name + "}",
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            _ => "",
        }))));
}
