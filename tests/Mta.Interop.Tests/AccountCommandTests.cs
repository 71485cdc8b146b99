using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>Domains, accounts and aliases as their operator handles them: commands and the API.</summary>
public sealed class AccountCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<string> Done(MtaProcess mta, params string[] arguments)
    {
        var result = await mta.Run([.. arguments, "--config", mta.ConfigPath]);
        Assert.True(result.ExitCode == 0, $"mta {string.Join(' ', arguments)}: {result.Error}");
        return result.Output.Trim();
    }

    private static async Task<JsonElement> Json(MtaProcess mta, params string[] arguments) => JsonDocument.Parse(await Done(mta, [.. arguments, "--json"])).RootElement;

    private static async Task Fails(MtaProcess mta, int code, string what, params string[] arguments)
    {
        var result = await mta.Run([.. arguments, "--config", mta.ConfigPath]);
        Assert.Equal(code, result.ExitCode);
        Assert.Contains(what, result.Error.TrimEnd().Split('\n')[0], StringComparison.Ordinal);
        Assert.InRange(result.Error.TrimEnd().Split('\n').Length, 1, 2);
    }

    [Fact]
    public async Task A_domain_with_its_people_is_made_looked_at_changed_and_removed()
    {
        await using var mta = await MtaProcess.Start("");
        Assert.False(Directory.Exists(Path.Combine(mta.DataDir, "accounts")));
        await Done(mta, "domain", "add", "Example.test");
        await Fails(mta, 1, "example.test is there already", "domain", "add", "example.test");
        await File.WriteAllTextAsync(Path.Combine(mta.Folder, "pw"), "correct horse\n", Cancel);
        await Done(mta, "account", "add", "Ann@example.test", "--quota", "5GiB", "--messages-per-hour", "7", "--password-file", "pw");
        await Fails(mta, 1, "ann@example.test is there already", "account", "add", "ann@example.test", "--no-password");
        await Done(mta, "account", "add", "bob@example.test", "--no-password");
        await Done(mta, "alias", "add", "postmaster@example.test", "ann@example.test");
        Assert.Contains("leads to ann@example.test, carl@else.test",
            await Done(mta, "alias", "add", "all@example.test", "ann@example.test", "carl@else.test"), StringComparison.Ordinal);
        await Fails(mta, 1, "there is no dora@example.test", "alias", "add", "all@example.test", "dora@example.test");

        // a restart by force: what was said to be done is there
        await mta.Kill();
        await mta.Start();
        var ann = (await Json(mta, "account", "show", "ann@example.test")).GetProperty("account");
        Assert.Equal((5L << 30, 7, true), (ann.GetProperty("quota").GetInt64(), ann.GetProperty("messagesPerHour").GetInt32(), ann.GetProperty("hasPassword").GetBoolean()));
        Assert.Equal(["ann@example.test", "bob@example.test"], (await Json(mta, "account", "list", "--domain", "example.test")).GetProperty("entries").EnumerateArray()
            .Select(a => a.GetProperty("address").GetString()!));
        Assert.Contains("postmaster@example.test", await Done(mta, "alias", "list"), StringComparison.Ordinal);

        await Done(mta, "account", "set", "ann@example.test", "--quota", "0");
        await Done(mta, "account", "disable", "bob@example.test", "--keep-mail");
        Assert.Contains("no sign-in", await Done(mta, "account", "list"), StringComparison.Ordinal);
        await Done(mta, "account", "enable", "bob@example.test");
        Assert.Contains("*@else.test", await Done(mta, "account", "grant", "bob@example.test", "*@else.test"), StringComparison.Ordinal);
        Assert.Contains("nothing", await Done(mta, "account", "revoke", "bob@example.test", "*@else.test"), StringComparison.Ordinal);
        string app = await Done(mta, "account", "app-password", "add", "bob@example.test", "my telephone");
        Assert.InRange(app.Length, 26, 60);
        Assert.DoesNotContain(app, await Done(mta, "account", "app-password", "list", "bob@example.test", "--json"), StringComparison.Ordinal);
        Assert.Contains("No app passwords", await Done(mta, "account", "app-password", "remove", "bob@example.test", "my telephone"), StringComparison.Ordinal);

        await Fails(mta, 1, "remove that target first", "account", "remove", "ann@example.test");
        await Done(mta, "domain", "set", "example.test", "--catch-all", "bob@example.test");
        await Fails(mta, 1, "catch-all", "account", "remove", "bob@example.test");
        await Done(mta, "domain", "set", "example.test", "--catch-all", "");
        await Done(mta, "alias", "remove", "all@example.test", "ann@example.test");
        await Done(mta, "alias", "remove", "all@example.test");
        await Done(mta, "alias", "remove", "postmaster@example.test");
        await Done(mta, "account", "remove", "ann@example.test");
        await Done(mta, "account", "remove", "bob@example.test");
        await Done(mta, "domain", "remove", "example.test");
        Assert.Contains("No domains", await Done(mta, "domain", "local"), StringComparison.Ordinal);
        // nothing of a password is ever written to the log
        Assert.DoesNotContain("correct horse", mta.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_comes_from_standard_input_too_and_is_judged()
    {
        await using var mta = await MtaProcess.Start("");
        await Done(mta, "domain", "add", "example.test");
        string program = Path.Combine(AppContext.BaseDirectory, "mta.dll");
        async Task<CommandResult> Add(string name, string input) => await Command.Run("dotnet", [program, "account", "add", name, "--config", mta.ConfigPath], mta.Folder, input);
        Assert.Equal(0, (await Add("ann@example.test", "correct horse\n")).ExitCode);
        var refused = await Add("bob@example.test", "short\n");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("too short", refused.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Add("bob@example.test", "")).ExitCode);
        await Fails(mta, 2, "cannot be read", "account", "password", "ann@example.test", "--password-file", "/nowhere/pw");
        await Fails(mta, 2, "exclude", "account", "password", "ann@example.test", "--password-file", "-", "--no-password");
        await Fails(mta, 2, "--quota", "account", "set", "ann@example.test", "--quota", "5XB");
        await Fails(mta, 2, "name --quota", "account", "set", "ann@example.test");
    }

    [Fact]
    public async Task The_api_says_what_is_wrong_by_its_status_and_in_a_line()
    {
        await using var mta = await MtaProcess.Start("");
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{mta.HttpPort}/api/v1/") };
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("accounts", UriKind.Relative), Cancel)).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", await File.ReadAllTextAsync(Path.Combine(mta.DataDir, "admin.token"), Cancel));

        await Answers(HttpStatusCode.NotFound, HttpMethod.Post, "accounts", new { address = "ann@example.test" });
        await Answers(HttpStatusCode.Created, HttpMethod.Post, "local-domains", new { name = "example.test" });
        await Answers(HttpStatusCode.Conflict, HttpMethod.Post, "local-domains", new { name = "EXAMPLE.test" });
        await Answers(HttpStatusCode.BadRequest, HttpMethod.Post, "local-domains", new { name = "not a domain" });
        await Answers(HttpStatusCode.BadRequest, HttpMethod.Post, "local-domains", new { });
        await Answers(HttpStatusCode.BadRequest, HttpMethod.Patch, "local-domains/example.test", new { });
        await Answers(HttpStatusCode.Created, HttpMethod.Post, "accounts", new { address = "ann@example.test", password = "correct horse", quota = 5 });
        await Answers(HttpStatusCode.BadRequest, HttpMethod.Post, "accounts", new { address = "ann" });
        await Answers(HttpStatusCode.BadRequest, HttpMethod.Post, "accounts", new { address = "bob@example.test", quota = "much" });
        await Answers(HttpStatusCode.BadRequest, HttpMethod.Post, "accounts", new { address = "bob@example.test", quota = -1 });
        await Answers(HttpStatusCode.BadRequest, HttpMethod.Get, "accounts?limit=many", null);
        await Answers(HttpStatusCode.OK, HttpMethod.Get, "accounts/ANN%40example.test", null);
        await Answers(HttpStatusCode.NotFound, HttpMethod.Get, "accounts/bob@example.test", null);
        await Answers(HttpStatusCode.NotFound, HttpMethod.Delete, "accounts/ann@example.test/app-passwords?name=x", null);
        await Answers(HttpStatusCode.BadRequest, HttpMethod.Delete, "accounts/ann@example.test/app-passwords", null);
        await Answers(HttpStatusCode.BadRequest, HttpMethod.Post, "accounts/ann@example.test/sender-rights", new { address = "*" });
        await Answers(HttpStatusCode.OK, HttpMethod.Post, "aliases", new { address = "a@example.test", targets = Targets("ann@example.test") });
        await Answers(HttpStatusCode.Conflict, HttpMethod.Post, "aliases", new { address = "a@example.test", targets = Targets("a@example.test") });
        await Answers(HttpStatusCode.BadRequest, HttpMethod.Post, "aliases", new { address = "b@example.test", targets = Targets() });
        await Answers(HttpStatusCode.BadRequest, HttpMethod.Post, "aliases", new { address = "b@example.test", targets = Targets([null]) });
        await Answers(HttpStatusCode.Conflict, HttpMethod.Delete, "local-domains/example.test", null);

        static string?[] Targets(params string?[] targets) => targets;

        async Task Answers(HttpStatusCode status, HttpMethod method, string path, object? body)
        {
            using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
            using var response = await client.SendAsync(request, Cancel);
            string text = await response.Content.ReadAsStringAsync(Cancel);
            Assert.True(response.StatusCode == status, $"{method} {path}: {(int)response.StatusCode} {text}");
            // a password is never given back
            Assert.DoesNotContain("argon2", text, StringComparison.Ordinal);
            if ((int)status >= 400) Assert.NotEmpty(JsonDocument.Parse(text).RootElement.GetProperty("error").GetString()!);
        }
    }

    [Theory]
    [InlineData("domain", "--help")]
    [InlineData("account", "--help")]
    [InlineData("account", "add", "--help")]
    [InlineData("account", "app-password", "add", "--help")]
    [InlineData("alias", "add", "--help")]
    public async Task Help_has_an_example(params string[] arguments)
    {
        var result = await Command.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "mta.dll"), .. arguments]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Example: mta ", result.Output, StringComparison.Ordinal);
    }
}
