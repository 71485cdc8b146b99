using System.CommandLine;
using System.Text;

namespace Mta.Server.Commands;

/// <summary>Where a password comes from: a prompt that shows nothing, a file, or standard input. Never an argument, which everyone on the machine can see.</summary>
internal sealed class PasswordOptions
{
    /// <summary>Octets.</summary>
    private const int MaxFile = 4096;

    private readonly Option<string?> _file = new("--password-file")
    {
        Description = "Take the password from the first line of a file, - for standard input. Without it: ask for it.",
        HelpName = "FILE",
    };
    private readonly Option<bool> _none = new("--no-password") { Description = "None: only app passwords and tokens open the account." };

    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_none);
    }

    /// <summary>False after saying in one line why there is none.</summary>
    /// <param name="password">Null where none is wanted.</param>
    public bool TryRead(ParseResult parsed, out string? password)
    {
        password = null;
        if (parsed.GetValue(_none))
        {
            if (parsed.GetValue(_file) is null) return true;
            Console.Error.WriteLine("mta: --no-password and --password-file exclude each other");
            return false;
        }
        try
        {
            password = parsed.GetValue(_file) switch
            {
                null when !Console.IsInputRedirected => Ask(),
                null or "-" => Console.In.ReadLine(),
                var file => FirstLine(file),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"mta: the password cannot be read: {e.Message}");
            return false;
        }
        if (!string.IsNullOrEmpty(password)) return true;
        Console.Error.WriteLine("mta: no password was given");
        return false;
    }

    private static string? FirstLine(string file)
    {
        using var stream = File.OpenRead(file);
        byte[] head = new byte[MaxFile];
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return new StringReader(Encoding.UTF8.GetString(head, 0, length)).ReadLine();
    }

    private static string? Ask()
    {
        string first = Line("Password: ");
        if (first.Length == 0 || Line("Once more: ") == first) return first;
        Console.Error.WriteLine("mta: they differ");
        return null;
    }

    private static string Line(string prompt)
    {
        Console.Error.Write(prompt);
        var line = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) line.Length = Math.Max(0, line.Length - 1);
            else if (key.KeyChar != '\0' && line.Length < MaxFile) line.Append(key.KeyChar);
        }
        Console.Error.WriteLine();
        return line.ToString();
    }
}
