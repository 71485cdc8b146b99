using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Queue;
using Mta.Tests.Bench;

namespace Mta.Tests.Queue;

/// <summary>The queue by domain and age, and what was tried lately.</summary>
public sealed class SurveyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4.99, 0)]
    [InlineData(5, 1)]
    [InlineData(1279, 8)]
    [InlineData(1280, 9)]
    [InlineData(100_000, 9)]
    [InlineData(-3, 0)]
    public void An_age_has_its_column(double minutes, int column) => Assert.Equal(column, QueueShape.Column(TimeSpan.FromMinutes(minutes)));

    [Fact]
    public async Task Every_open_recipient_is_counted_by_domain_and_age_whether_it_is_packed_or_not()
    {
        await using var bench = new QueueBench("mta.queue { retry = \"12h*\" }");
        await bench.Accept(["a@old.test", "b@old.test", "c@gone.test", "bücher@old.test"]);
        for (int i = 0; i < 2; i++)
        {
            var job = await bench.NextJob();
            QueueBench.Answer(job, job.Domain == "gone.test" ? "250 2.0.0 ok" : "451 4.2.0 later");
        }
        var held = await bench.Accept(["d@old.test"]);
        QueueBench.Answer(await bench.NextJob(), "452 4.2.2 full");
        await bench.Queue.ChangeAsync(new(held), QueueAction.Hold, Cancel);
        bench.Clock.Advance(TimeSpan.FromMinutes(45));
        await bench.Accept(["e@new.test"]);
        var flying = await bench.NextJob();

        foreach (bool isPacked in new[] { false, true })
        {
            var survey = await bench.Queue.SurveyAsync(null, Cancel);
            Assert.Equal(["old.test", "new.test"], survey.Domains.Select(d => d.Domain));
            var (old, fresh) = (survey.Domains[0], survey.Domains[1]);
            Assert.Equal((4, 4, 0, 1, 4), (old.Recipients, old.Deferred, old.InFlight, old.Held, old.Ages[4]));
            Assert.Equal(bench.Clock.GetUtcNow().AddMinutes(-45).AddHours(12), old.Due);
            Assert.Equal(bench.Clock.GetUtcNow().AddMinutes(-45), old.Oldest);
            Assert.Equal((1, 0, isPacked ? 0 : 1, 1), (fresh.Recipients, fresh.Deferred, fresh.InFlight, fresh.Ages[0]));
            Assert.Equal(0, survey.Others);

            var one = Assert.Single((await bench.Queue.SurveyAsync("old.test", Cancel)).Domains);
            Assert.Equal([("451 4.2.0 later", 3), ("452 4.2.2 full", 1)], one.Replies.Select(r => (r.Reply, r.Recipients)));
            Assert.Equal((4, 1), (one.Recipients, one.Held));
            Assert.Empty((await bench.Queue.SurveyAsync("gone.test", Cancel)).Domains);
            if (isPacked) break;
            flying.Queue.Tell(new QueueProtocol.Returned(flying.Envelope.Id, flying.Domain, flying.Recipients), Akka.Actor.ActorRefs.NoSender);
            await bench.Queue.ChangeAsync(new(Domain: "new.test"), QueueAction.Hold, Cancel);
            await bench.Restart();
        }
    }

    [Fact]
    public void Domains_beyond_the_limit_are_one_number()
    {
        var survey = new QueueSurvey(null, DateTimeOffset.UnixEpoch);
        for (int i = 0; i < QueueSurvey.MaxDomains + 5; i++)
            survey.Add(new(new Envelope
            {
                Id = new((ulong)i + 1),
                ReversePath = "",
                ReceivedAt = DateTimeOffset.UnixEpoch,
                Size = 1,
                Recipients = [new($"a@d{i}.test", $"d{i}.test", RcptParameters.None)],
            }, default));
        Assert.Equal((QueueSurvey.MaxDomains, 5), (survey.Answer.Domains.Length, survey.Answer.Others));
    }

    [Fact]
    public void What_was_tried_is_told_for_a_while()
    {
        var clock = new FakeTimeProvider();
        var attempts = new RecentAttempts(clock);
        ImmutableArray<RecipientResult> good = [new(0, new DeliveryResult.Delivered(SmtpReply.Parse("250 2.0.0 ok"), "mx", false))];
        ImmutableArray<RecipientResult> bad = [new(0, new DeliveryResult.Deferred(SmtpReply.Parse("451 4.3.0 later"), "mx")), new(1, new DeliveryResult.Failed(SmtpReply.Parse("550 5.1.1 no"), "mx"))];
        for (int i = 0; i < 30; i++) attempts.Add("good.test", good);
        clock.Advance(TimeSpan.FromSeconds(5));
        attempts.Add("bad.test", bad);
        Assert.Equal(
            [new DomainAttempts("bad.test", 0, 1 / 15.0, 1 / 15.0, "451 4.3.0 later", "mx"), new("good.test", 2, 0, 0, null, null)],
            attempts.Answer().Domains.OrderBy(d => d.Domain));
        clock.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal(2, attempts.Answer().Domains.Length);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((0, 1), (attempts.Answer().Domains.Length, attempts.Answer().Deferrals));
        for (int i = 0; i < RecentAttempts.MaxDomains + 10; i++) attempts.Add($"d{i}.test", good);
        Assert.Equal(RecentAttempts.MaxDomains, attempts.Answer().Domains.Length);
    }
}
