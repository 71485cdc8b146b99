using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Mta.Tests.Delivery;
using Mta.Tests.Smtp;
using Mta.Tls;
using Mta.Tls.Acme;

namespace Mta.Tests.Tls;

/// <summary>Certificates are renewed by themselves, months later, and before it is too late.</summary>
public sealed class RenewalTests : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1), Limit = TimeSpan.FromSeconds(30);
    private readonly TestPem _pem = new();
    private readonly WaitedForClock _clock = new(TestPem.Now);
    private readonly LogLines _log = new();

    public void Dispose() => _pem.Dispose();

    private static AcmeStatus Status(AcmeRenewal renewal) => Assert.Single(renewal.Describe());

    private static DateTimeOffset Expires(CertificateStore store) => store.Describe().First(c => c.Source == CertificateSource.Acme).NotAfter;

    /// <summary>Waits until what is due has been done: it is planned for later, and the loop waits for that.</summary>
    private async Task Settled(AcmeRenewal renewal)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (Status(renewal).Next is not { } next || next <= _clock.GetUtcNow() || _clock.WaitedFor <= _clock.GetUtcNow())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, string.Join('\n', _log.Of(LogLevel.Warning)));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task At_renew_before_a_new_one_is_ordered_and_a_failure_is_tried_again_in_time()
    {
        await using var authority = await FakeAuthority.StartAsync(_clock, _pem.Folder);
        var settings = TlsSettings.From(SmtpServer.Section("mta.tls", "check-interval = 5d\n" + authority.Section("renew-before = 20d")));
        using var store = CertificateStore.Open(settings, _pem.Folder, "relay.test", _clock, _log);
        await using var renewal = new AcmeRenewal(settings.Acme, store, _clock, _log);
        await Settled(renewal);
        Assert.Null(Status(renewal).Problem);
        Assert.Equal((1, TestPem.Now + FakeAuthority.Validity), (authority.Orders, Expires(store)));
        // 20 days before the end, and up to a tenth of that earlier, so that many hosts do not come at once
        Assert.InRange(Expires(store) - Status(renewal).Next!.Value, 20 * Day, 22 * Day);

        for (int day = 1; day < 68; day++) await Pass(Day);
        Assert.Equal(1, authority.Orders);
        while (_clock.GetUtcNow() < TestPem.Now + 72 * Day) await Pass(TimeSpan.FromHours(6));
        Assert.Equal(2, authority.Orders);
        var second = Expires(store);
        Assert.InRange(second, TestPem.Now + 158 * Day, TestPem.Now + 163 * Day);

        // the authority is away for ten of the twenty days
        authority.IsDown = true;
        while (_clock.GetUtcNow() < second - 10 * Day) await Pass(TimeSpan.FromHours(6));
        Assert.Equal((2, second), (authority.Orders, Expires(store)));
        Assert.Contains("503", Status(renewal).Problem, StringComparison.Ordinal);
        authority.IsDown = false;
        // the pauses grow to max-back-off, a day, and a tenth
        while (_clock.GetUtcNow() < second - 6 * Day) await Pass(TimeSpan.FromHours(6));
        Assert.Equal(3, authority.Orders);
        Assert.Null(Status(renewal).Problem);
        Assert.True(Expires(store) > second + 60 * Day);

        async Task Pass(TimeSpan time)
        {
            _clock.Advance(time);
            await Settled(renewal);
        }
    }

    /// <summary>Knows for when it was last asked to wake somebody: one who advances it before would have that come too late.</summary>
    private sealed class WaitedForClock(DateTimeOffset now) : FakeTimeProvider(now)
    {
        private long _waitedFor = DateTimeOffset.MinValue.UtcTicks;

        public DateTimeOffset WaitedFor => new(Volatile.Read(ref _waitedFor), TimeSpan.Zero);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime >= TimeSpan.Zero) Volatile.Write(ref _waitedFor, (GetUtcNow() + dueTime).UtcTicks);
            return timer;
        }
    }
}
