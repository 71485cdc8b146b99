namespace Mta.Server.Commands;

/// <summary>How the program ends; <c>mta --help</c> tells them.</summary>
internal static class ExitCode
{
    public const int Done = 0, Failed = 1, Usage = 2, Unreachable = 3;
}
