using System.Globalization;
using Mta.Accounts.Admin;
using Mta.Server.Web;
using Spectre.Console;

namespace Mta.Server.Commands;

/// <summary>How domains, accounts and aliases look in a terminal.</summary>
internal static class DirectoryView
{
    public static void List(Page<DomainInfo> page) => List(page, "domains", ["Domain", "Accounts", "Aliases", "Catch-all", "Mail goes to"],
        d => [d.Name, Number(d.Accounts), Number(d.Aliases), d.CatchAll ?? "", d.Route ?? "mailboxes here"]);

    public static void List(Page<AccountInfo> page) => List(page, "accounts", ["Account", "Messages", "Used", "Quota", "An hour", "State"],
        a => [a.Address, Number(a.Usage?.Messages ?? 0), Octets(a.Usage?.Octets ?? 0), Quota(a.Quota), Limit(a.MessagesPerHour), State(a)]);

    public static void List(Page<AliasInfo> page) => List(page, "aliases", ["Alias", "Targets"], a => [a.Address, Some(a.Targets)]);

    public static void List(IReadOnlyList<AppPasswordInfo> list)
    {
        if (list.Count == 0) Console.WriteLine("No app passwords.");
        else Write(["Name", "Made", "Last used"], list.Select(p => new[] { p.Name, Time(p.CreatedAt), p.LastUsedAt is { } used ? Time(used) : "never" }));
    }

    public static void Added(DomainInfo d)
    {
        Console.WriteLine($"{d.Name} is ours now; next: mta account add YOU@{d.Name}, and mta alias add postmaster@{d.Name} YOU@{d.Name}");
    }

    public static void Show(DomainInfo d)
    {
        Write(["", ""], [["Domain", d.Name], ["Accounts", Number(d.Accounts)], ["Aliases", Number(d.Aliases)], ["Catch-all", d.CatchAll ?? "none"], ["Mail goes to", d.Route ?? "mailboxes here"], ["Made", Time(d.CreatedAt)]]);
        if (!d.HasPostmaster) Console.WriteLine($"It has no postmaster@{d.Name}, which RFC 5321 wants: mta alias add postmaster@{d.Name} YOU");
    }

    public static void Show(AccountWhole whole)
    {
        var a = whole.Account;
        Write(["", ""],
        [
            ["Account", a.Address], ["Id", Number(a.Id)], ["Used", Used(a)], ["Quota", Quota(a.Quota)], ["Messages an hour", Limit(a.MessagesPerHour)], ["State", State(a)],
            ["Password", a.HasPassword ? "yes" : "none"], ["Made", Time(a.CreatedAt)], ["May also send as", whole.SenderRights.Count == 0 ? "" : string.Join(", ", whole.SenderRights)],
            ["App passwords", string.Join(", ", whole.AppPasswords.Select(p => p.Name))],
        ]);
    }

    public static void Show(AliasInfo alias) => Console.WriteLine(alias.Targets.Count == 0 ? $"{alias.Address} is gone" : $"{alias.Address} leads to {string.Join(", ", alias.Targets)}");

    private static void List<T>(Page<T> page, string what, string[] columns, Func<T, string[]> row)
    {
        if (page.Entries.Count == 0) Console.WriteLine($"No {what}.");
        else Write(columns, page.Entries.Select(row));
        if (page.Next is { } next) Console.WriteLine($"{page.Entries.Count} of {page.Total} {what}; --limit shows more, --after {next} what follows.");
    }

    private static void Write(string[] columns, IEnumerable<string[]> rows)
    {
        var table = new Table().Border(columns[0].Length > 0 ? TableBorder.Simple : TableBorder.None).AddColumns(columns);
        if (columns[0].Length == 0) table.HideHeaders();
        foreach (string[] row in rows) table.AddRow([.. row.Select(Markup.Escape)]);
        // a redirected output has no width to fit into
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 400;
        AnsiConsole.Write(table);
    }

    private static string Some(IReadOnlyList<string> targets) => string.Join(", ", targets.Take(5)) + (targets.Count > 5 ? $" and {targets.Count - 5} more" : "");

    private static string State(AccountInfo a) => (a.CanSignIn, a.TakesMail) switch
    {
        (true, true) => "open",
        (false, true) => "no sign-in",
        (true, false) => "no mail",
        (false, false) => "disabled",
    };

    private static string Used(AccountInfo a) => string.Create(CultureInfo.InvariantCulture,
        $"{Octets(a.Usage?.Octets ?? 0)} in {a.Usage?.Messages ?? 0} messages{(a.Quota > 0 ? $", {100.0 * (a.Usage?.Octets ?? 0) / a.Quota:0.#} % of the quota" : "")}");

    private static string Octets(long octets) => octets < 10 << 10 ? $"{Number(octets)} B" : octets < 10 << 20 ? $"{Number(octets >> 10)} KiB" : $"{Number(octets >> 20)} MiB";

    private static string Quota(long octets) => octets == 0 ? "any" : octets % (1 << 20) == 0 ? $"{Number(octets >> 20)} MiB" : $"{Number(octets)} B";

    private static string Limit(int number) => number == 0 ? "any" : Number(number);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
