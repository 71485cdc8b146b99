using Mta.Config;

namespace Mta.Server.Web;

/// <summary>The configuration over HTTP: what <c>mta config reload</c> uses.</summary>
internal static class ConfigApi
{
    public static void Map(IEndpointRouteBuilder api, ConfigReload reload) => api.MapPost("/config/reload", () =>
    {
        try
        {
            return Results.Ok(reload.Run());
        }
        catch (ConfigException e)
        {
            return Results.BadRequest(new Problem($"{e.Message}; the old configuration stays in force"));
        }
    }).WithTags("configuration").Describe<ReloadReport>("Reads the configuration again and puts it in force; the answer is what has changed, and what takes a restart.", StatusCodes.Status400BadRequest);
}
