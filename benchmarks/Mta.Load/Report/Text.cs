using System.Globalization;

namespace Mta.Load.Report;

/// <summary>Figures as people read them, the same everywhere.</summary>
internal static class Text
{
    public static string Milliseconds(double value) => value switch
    {
        < 10 => Invariant($"{value:0.00} ms"),
        < 1000 => Invariant($"{value:0} ms"),
        < 100_000 => Invariant($"{value / 1000:0.00} s"),
        _ => Invariant($"{value / 1000:#,0} s"),
    };

    public static string Count(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Rate(double value) => value < 100 ? Invariant($"{value:0.0}/s") : Invariant($"{value:#,0}/s");

    public static string Percent(double share) => Invariant($"{share * 100:0.##} %");

    public static string Octets(double value) => value switch
    {
        < 1024 * 1024 => Invariant($"{value / 1024:0} KiB"),
        < 1024 * 1024 * 1024 => Invariant($"{value / 1024 / 1024:0.0} MiB"),
        _ => Invariant($"{value / 1024 / 1024 / 1024:0.00} GiB"),
    };

    public static string Time(double seconds) => seconds < 3600
        ? Invariant($"{(int)(seconds / 60)}:{(int)seconds % 60:00}")
        : Invariant($"{(int)(seconds / 3600)}:{(int)(seconds / 60) % 60:00}:{(int)seconds % 60:00}");

    public static string Name(Stage stage) => stage switch
    {
        Stage.Connect => "connect",
        Stage.Ehlo => "ehlo",
        Stage.Wait => "wait",
        Stage.Mail => "mail",
        Stage.Rcpt => "rcpt",
        Stage.Data => "data",
        Stage.Final => "final",
        _ => "message",
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
