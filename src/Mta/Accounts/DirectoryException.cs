namespace Mta.Accounts;

public enum DirectoryError : byte
{
    /// <summary>It is not well-formed, or breaks a limit.</summary>
    Invalid,
    NotFound,

    /// <summary>It is there already, or something else depends on it.</summary>
    Conflict,

    /// <summary>Too much to do: later.</summary>
    Busy,
}

/// <summary>Why a change of the directory was refused; the message is one line for the operator.</summary>
public sealed class DirectoryException(DirectoryError error, string message) : Exception(message.ReplaceLineEndings(" "))
{
    public DirectoryError Error { get; } = error;

    internal static DirectoryException Invalid(string message) => new(DirectoryError.Invalid, message);

    internal static DirectoryException NotFound(string message) => new(DirectoryError.NotFound, message);

    internal static DirectoryException Conflict(string message) => new(DirectoryError.Conflict, message);
}
