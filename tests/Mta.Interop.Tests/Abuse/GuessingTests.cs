using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Abuse;

/// <summary>Those who guess passwords, many at once and from many places: they are slowed down, and nobody else is.</summary>
public sealed class GuessingTests
{
    private const long Mebi = 1 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static void Report(FormattableString text) => TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(text));

    [Fact]
    public async Task One_who_guesses_is_locked_out_and_the_owner_is_not()
    {
        await using var node = await SubmissionProcess.Start("accounts.guessing { failure-delay = 0s, min-lock = 1h, max-lock = 1h }");
        IPAddress stranger = IPAddress.Parse("127.0.7.1"), other = IPAddress.Parse("127.0.7.2"), home = IPAddress.Parse("127.0.8.1");
        Assert.StartsWith("235", await SignIn(home, SubmissionProcess.Ann, SubmissionProcess.Password), StringComparison.Ordinal);
        var replies = new List<string>();
        for (int i = 0; i < 14; i++) replies.Add(await SignIn(stranger, SubmissionProcess.Ann, $"guess {i}"));
        // ten are judged, and one more, whose failure is the lock; then even the right password is not
        Assert.Equal([.. Enumerable.Repeat("535 5.7.8", 11), .. Enumerable.Repeat("454 4.7.0", 3)], replies.Select(r => r[..9]));
        Assert.StartsWith("454 4.7.0", await SignIn(other, SubmissionProcess.Ann, SubmissionProcess.Password), StringComparison.Ordinal);
        Assert.StartsWith("235", await SignIn(home, SubmissionProcess.Ann, SubmissionProcess.Password), StringComparison.Ordinal);
        // the address goes on with other names, until it has no more tries either, and there is no name that it may try
        for (int i = 0; i < 20; i++) await SignIn(stranger, $"nobody{i}@ours.test", "guess");
        Assert.StartsWith("454 4.7.0", await SignIn(stranger, SubmissionProcess.Bob, SubmissionProcess.Password), StringComparison.Ordinal);
        Assert.StartsWith("235", await SignIn(other, SubmissionProcess.Bob, SubmissionProcess.Password), StringComparison.Ordinal);

        async Task<string> SignIn(IPAddress from, string name, string password)
        {
            using var client = await WireClient.Connect(node.Submission, from);
            return await client.Command(SubmissionProcess.Plain(name, password));
        }
    }

    [Fact]
    public async Task Five_hundred_at_once_from_ever_new_addresses_keep_nobody_from_his_mail()
    {
        const int guessers = 500;
        await using var node = await SubmissionProcess.Start("log.level = warning\nlistener-defaults.max-connections-per-address = 3000");
        var home = IPAddress.Parse("127.0.8.1");
        using (var client = await WireClient.Connect(node.Submission, home))
            Assert.StartsWith("235", await client.Command(SubmissionProcess.Plain(SubmissionProcess.Ann, SubmissionProcess.Password)), StringComparison.Ordinal);
        await HonestClient.Percentile99(node.Mta, "warm@dst.test");
        long before = node.Mta.Memory, most = 0;
        using var stop = new CancellationTokenSource();
        var replies = new ConcurrentDictionary<string, int>();
        int next = 0;
        var attack = Enumerable.Range(0, guessers).Select(_ => Task.Run(Guess, Cancel)).ToArray();
        var watching = Task.Run(async () =>
        {
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (!stop.IsCancellationRequested && await tick.WaitForNextTickAsync(Cancel)) most = Math.Max(most, node.Mta.Memory);
        }, Cancel);
        await Wait.For(() => replies.Values.Sum() > guessers, TimeSpan.FromSeconds(60), () => node.Mta.Output);

        // the relay next to it
        var p99 = await HonestClient.Percentile99(node.Mta, "honest@dst.test");
        // and one of our own, from where she always sends
        var times = new List<TimeSpan>();
        for (int i = 0; i < 5; i++)
        {
            var watch = Stopwatch.StartNew();
            using var client = await WireClient.Connect(node.Submission, home);
            Assert.StartsWith("235", await client.Command(SubmissionProcess.Plain(SubmissionProcess.Ann, SubmissionProcess.Password)), StringComparison.Ordinal);
            times.Add(watch.Elapsed);
        }
        await stop.CancelAsync();
        await Task.WhenAll([.. attack, watching]);
        Report($"{string.Join(", ", replies.Select(r => $"{r.Value} x {r.Key}"))}, {most / Mebi} MiB at most ({before / Mebi} before), relay p99 {p99.TotalMilliseconds:F0} ms, sign-in {times.Max().TotalMilliseconds:F0} ms at most");
        Assert.Equal(["421", "454", "535"], replies.Keys.Order(StringComparer.Ordinal));
        // two at once take 19 MiB each; five hundred would take nine gigabytes
        Assert.InRange(most, 0, before + 300 * Mebi);
        Assert.InRange(p99, TimeSpan.Zero, TimeSpan.FromSeconds(3));

        async Task Guess()
        {
            while (!stop.IsCancellationRequested)
            {
                int number = Interlocked.Increment(ref next);
                try
                {
                    // each from an address, and with a name, that has no failure yet: the worst that can be
                    using var client = await WireClient.Connect(node.Submission, new IPAddress([127, 20, (byte)(1 + number / 250 % 250), (byte)(1 + number % 250)]));
                    for (string code = ""; code != "421" && !stop.IsCancellationRequested;)
                    {
                        code = (await client.Command(SubmissionProcess.Plain(string.Create(CultureInfo.InvariantCulture, $"n{number}@ours.test"), Guid.NewGuid().ToString())))[..3];
                        replies.AddOrUpdate(code, 1, (_, count) => count + 1);
                    }
                }
                catch (Exception e) when (e is IOException or SocketException)
                {
                    // it has had enough of this one
                }
            }
        }
    }

    [Fact]
    public async Task A_name_that_exists_looks_like_one_that_does_not()
    {
        const int samples = 30;
        await using var node = await SubmissionProcess.Start("accounts.guessing { failure-delay = 0s, per-address = 10000, per-name = 10000 }\nsubmission.max-failures = 1000");
        List<TimeSpan> known = [], unknown = [], knownKeys = [], unknownKeys = [];
        var answers = new HashSet<string>();
        var challenges = new HashSet<string>();
        for (int i = 0; i < samples + 5; i++)
        {
            // in turns, so that whatever else slows the machine down meets both; the first few warm it up
            bool counts = i >= 5;
            // and each as often behind the other as before it
            foreach (bool exists in i % 2 == 0 ? (bool[])[true, false] : [false, true])
            {
                using var client = await WireClient.Connect(node.Submission);
                string name = exists ? SubmissionProcess.Ann : "nobody@ours.test";
                await Plain(client, name, !counts ? [] : exists ? known : unknown);
                await Scram(client, name, !counts ? [] : exists ? knownKeys : unknownKeys);
            }
        }
        Report($"PLAIN: known {Median(known)}, unknown {Median(unknown)} ms; SCRAM: known {Median(knownKeys)}, unknown {Median(unknownKeys)} ms");
        Assert.Single(answers);
        Assert.Single(challenges);
        // a hash takes tens of milliseconds: one too few or too many is half or double
        Assert.InRange(Median(known), Median(unknown) * 0.6, Median(unknown) / 0.6);
        Assert.InRange(Math.Abs(Median(knownKeys) - Median(unknownKeys)), 0, 5);

        async Task Plain(WireClient client, string name, List<TimeSpan> times)
        {
            string command = SubmissionProcess.Plain(name, Guid.NewGuid().ToString());
            var watch = Stopwatch.StartNew();
            answers.Add(await client.Command(command));
            times.Add(watch.Elapsed);
        }

        async Task Scram(WireClient client, string name, List<TimeSpan> times)
        {
            var watch = Stopwatch.StartNew();
            string challenge = await client.Command($"AUTH SCRAM-SHA-256 {SubmissionProcess.Base64($"n,,n={name},r=abcdefgh")}");
            times.Add(watch.Elapsed);
            Assert.True(challenge.StartsWith("334 ", StringComparison.Ordinal), $"{name}: {challenge}, after {string.Join(", ", answers)}");
            // r=NONCE,s=SALT,i=COUNT: what is random is of the same length, and the rest is the same
            string[] parts = Encoding.ASCII.GetString(Convert.FromBase64String(challenge[4..].Trim())).Split(',');
            challenges.Add(string.Create(CultureInfo.InvariantCulture, $"{parts.Length} {parts[0].Length} {parts[1].Length} {parts[2]}"));
            string nonce = parts[0][2..];
            answers.Add(await client.Command(SubmissionProcess.Base64($"c=biws,r={nonce},p={Convert.ToBase64String(new byte[32])}")));
        }

        static double Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2).TotalMilliseconds;
    }
}
