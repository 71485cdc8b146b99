using Mta.Accounts;

namespace Mta.Server.Web;

/// <summary>Answers what the directory refuses with the status that fits, for the part of the API that changes it.</summary>
internal sealed class DirectoryErrors : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (DirectoryException e)
        {
            return Results.Json(new Problem(e.Message), statusCode: e.Error switch
            {
                DirectoryError.NotFound => StatusCodes.Status404NotFound,
                DirectoryError.Conflict => StatusCodes.Status409Conflict,
                DirectoryError.Busy => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status400BadRequest,
            });
        }
        catch (IOException e)
        {
            return Results.Json(new Problem(e.Message), statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
