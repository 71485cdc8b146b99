using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Mta.Server.Web;

/// <summary>The API's description for other programs (OpenAPI 3.1), made from the routes themselves. It holds no secret, so it takes no token.</summary>
internal static class ApiDocument
{
    public const string Path = "/api/v1/openapi.json";
    private const string Name = "v1", Scheme = "bearer";

    public static void AddTo(IServiceCollection services) => services.AddOpenApi(Name, options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new()
            {
                Title = "Mta",
                Version = typeof(ApiDocument).Assembly.GetName().Version?.ToString(3) ?? "0",
                Description = "The admin API of a running node: on every http listener, and on the socket admin.sock in its data folder. Errors are {\"error\": \"a line that says what is wrong\"}.",
            };
            // where the node was asked is no part of the description
            document.Servers = null;
            document.Components ??= new();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = Scheme,
                Description = "The token in the file admin.token of the data folder.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true)
                operation.Security = [new() { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [] }];
            return Task.CompletedTask;
        });
    });

    public static void Map(IEndpointRouteBuilder app) => app.MapOpenApi(Path.Replace("v1/openapi", "{documentName}/openapi", StringComparison.Ordinal));

    /// <summary>Says what a route does, what it answers with, and with which statuses it refuses; the parameters say their own by [Description].</summary>
    /// <typeparam name="T">The body of the answer.</typeparam>
    public static RouteHandlerBuilder Describe<T>(this RouteHandlerBuilder route, string summary, params int[] errors) => route.Describe<T>(StatusCodes.Status200OK, summary, errors);

    /// <inheritdoc cref="Describe{T}(RouteHandlerBuilder, string, int[])"/>
    public static RouteHandlerBuilder Describe<T>(this RouteHandlerBuilder route, int status, string summary, params int[] errors) =>
        route.WithSummary(summary).Produces<T>(status).Refuses(errors);

    /// <summary>Statuses that come with a <see cref="Problem"/>.</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder routes, params int[] errors) where TBuilder : IEndpointConventionBuilder
    {
        foreach (int status in errors) routes.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(Problem), ["application/json"]));
        return routes;
    }
}
