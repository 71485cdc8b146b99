using System.Collections.Immutable;
using System.Net;
using Akka.Actor;
using Akka.Event;
using Mta.Actors;
using Mta.Delivery;
using Mta.Dns;
using Mta.Mail;
using Mta.Protocol.Smtp;

namespace Mta.Domains;

/// <summary>
/// One destination domain: finds out which hosts take its mail, by route or MX, and sends its jobs on to their site. Answers for them where
/// there is no such host. Leaves when it has not been used for a while.
/// </summary>
internal sealed class DomainActor : UntypedActor, IWithTimers
{
    private readonly string _domain;
    private readonly IActorRef _sites;
    private readonly DomainsContext _context;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Queue<DomainProtocol.Deliver> _waiting = new();
    private IActorRef? _site;
    private SiteKey? _key;
    private DateTimeOffset _validUntil;
    private long _usedAt;
    private DeliverySettings _settings;
    private RelayRoutes _routes;

    public DomainActor(string domain, IActorRef sites, DomainsContext context)
    {
        (_domain, _sites, _context) = (domain, sites, context);
        (_settings, _routes) = (context.Delivery.Settings.Value, context.Routes.Value);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _context.Delivery.Clock.GetUtcNow();

    protected override void PreStart()
    {
        _usedAt = _context.Delivery.Clock.GetTimestamp();
        Timers.StartPeriodicTimer(nameof(IdleDue), IdleDue.Instance, _settings.DomainIdleTimeout);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DomainProtocol.Deliver deliver when _site is not null && IsCurrent:
                _usedAt = _context.Delivery.Clock.GetTimestamp();
                _site.Tell(deliver);
                break;
            case DomainProtocol.Deliver deliver:
                _waiting.Enqueue(deliver);
                Resolve();
                break;
            case IdleDue:
                if (_context.Delivery.Clock.GetElapsedTime(_usedAt) < _settings.DomainIdleTimeout) break;
                Leave();
                Context.Parent.Tell(PassivationProtocol.Passivate.Instance);
                break;
            case PassivationProtocol.StopIfUnused:
                if (_site is null) Context.Stop(Self);
                else Context.Parent.Tell(PassivationProtocol.StillUsed.Instance);
                break;
            default:
                OnCommon(message);
                break;
        }
    }

    /// <summary>While the hosts are looked up and the site is found; jobs wait.</summary>
    private void OnResolving(object message)
    {
        switch (message)
        {
            case DomainProtocol.Deliver deliver when _waiting.Count >= _settings.WaitingLimit:
                Answer(deliver.Job, new DeliveryResult.Deferred(new(451, new(4, 3, 1), "too many messages wait for this domain"), ""));
                break;
            case DomainProtocol.Deliver deliver:
                _waiting.Enqueue(deliver);
                break;
            case Resolved resolved:
                Resolve(resolved);
                break;
            case SiteProtocol.Attached attached:
                _site = attached.Site;
                Context.Watch(_site);
                Become(OnReceive);
                _usedAt = _context.Delivery.Clock.GetTimestamp();
                while (_waiting.TryDequeue(out var deliver)) _site.Tell(deliver);
                break;
            case PassivationProtocol.StopIfUnused:
                Context.Parent.Tell(PassivationProtocol.StillUsed.Instance);
                break;
            case IdleDue:
                break;
            default:
                OnCommon(message);
                break;
        }
    }

    private void OnCommon(object message)
    {
        switch (message)
        {
            case DomainProtocol.Describe:
                if (_site is not null) _site.Forward(new SiteProtocol.Describe(_domain));
                else Sender.Tell(new DomainStatus(_domain, _waiting.Count > 0 ? "looking up its hosts" : "idle", _waiting.Count, 0, 0, 0, null, null));
                break;
            case DomainProtocol.Refresh:
                _context.Mx.Forget(_domain);
                _validUntil = default;
                _site?.Tell(SiteProtocol.Refresh.Instance);
                break;
            case DomainProtocol.Suspended:
                while (_waiting.TryDequeue(out var deliver)) DeliveryAnswers.Return(deliver.Job);
                _site?.Tell(new SiteProtocol.Suspended(_domain));
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_site):
                (_site, _key) = (null, null);
                break;
        }
    }

    /// <summary>The hosts are still valid, and so are the settings they were chosen by.</summary>
    private bool IsCurrent => Now < _validUntil && ReferenceEquals(_settings, _context.Delivery.Settings.Value) && ReferenceEquals(_routes, _context.Routes.Value);

    private void Resolve()
    {
        (_settings, _routes) = (_context.Delivery.Settings.Value, _context.Routes.Value);
        var route = _routes.Find(_domain);
        Become(OnResolving);
        var policy = _settings.PolicyFor(_domain, route?.Policy ?? _settings.Policy);
        Lookup(route).PipeTo(Self,
            success: found => new Resolved(found.Result, found.Hosts, policy),
            failure: e => new Resolved(new MxResult.TemporaryFailure(e.GetBaseException().Message), [], policy));
    }

    private async Task<(MxResult Result, ImmutableArray<SiteHost> Hosts)> Lookup(RelayRoute? route)
    {
        if (route is null or { NextHops: [] })
        {
            var result = await _context.Mx.LookupMxAsync(_domain, _stopped.Token).ConfigureAwait(false);
            return (result, result is MxResult.Found found ? [.. found.Hosts.Select(h => new SiteHost(h.Name, _settings.Port, h.Preference, h.Addresses))] : []);
        }
        // several next hops are tried in their order; those that cannot be found do not keep the others from being used
        var hosts = ImmutableArray.CreateBuilder<SiteHost>();
        MxResult last = new MxResult.TemporaryFailure("no next hop");
        var validFor = TimeSpan.MaxValue;
        foreach (var (hop, index) in route.NextHops.Select((hop, index) => (hop, index)))
        {
            var result = IPAddress.TryParse(hop.Host, out var address)
                ? new MxResult.Found([new(hop.Host, 0, [address])], TimeSpan.FromHours(1))
                : await _context.Mx.LookupHostAsync(hop.Host, _stopped.Token).ConfigureAwait(false);
            if (result is MxResult.Found found)
            {
                hosts.AddRange(found.Hosts.Select(h => new SiteHost(h.Name, hop.Port, index, h.Addresses)));
                if (found.ValidFor < validFor) validFor = found.ValidFor;
            }
            else last = result;
        }
        // A next hop that does not exist is the operator's mistake: nobody's mail is bounced for it
        return hosts.Count > 0 ? (new MxResult.Found([], validFor), hosts.DrainToImmutable())
            : (new MxResult.TemporaryFailure($"next hop: {Reason(last)}"), []);
    }

    private void Resolve(Resolved resolved)
    {
        if (resolved.Result is not MxResult.Found found)
        {
            Become(OnReceive);
            var result = Result(resolved.Result);
            while (_waiting.TryDequeue(out var deliver)) Answer(deliver.Job, result);
            return;
        }
        var key = SiteKey.For(resolved.Hosts, resolved.Policy);
        if (key != _key) Leave();
        // less than a second would have us ask for every message
        _validUntil = Now + (found.ValidFor > TimeSpan.FromSeconds(1) ? found.ValidFor : TimeSpan.FromSeconds(1));
        _key = key;
        _sites.Tell(new SiteProtocol.Attach(key, _domain, resolved.Hosts));
    }

    private DeliveryResult Result(MxResult result) => result switch
    {
        // RFC 7505 §4
        MxResult.NullMx => new DeliveryResult.Failed(new(556, new(5, 1, 10), $"the domain {_domain} takes no mail (null MX)"), ""),
        MxResult.NoSuchDomain none => new DeliveryResult.Failed(new(550, new(5, 1, 2), none.Reason), ""),
        MxResult.Loop loop => new DeliveryResult.Failed(new(550, new(5, 4, 6), loop.Reason), ""),
        _ => new DeliveryResult.Deferred(new(451, new(4, 4, 3), Reason(result)), ""),
    };

    private static string Reason(MxResult result) => result switch
    {
        MxResult.TemporaryFailure failure => failure.Reason,
        MxResult.NoSuchDomain none => none.Reason,
        MxResult.Loop loop => loop.Reason,
        _ => "takes no mail",
    };

    private void Answer(DeliveryJob job, DeliveryResult result) =>
        DeliveryAnswers.All(job, result, _context.Delivery.Logger, _context.Delivery.Clock);

    /// <summary>From here on nothing is sent to the site, so that it may stop as soon as it likes.</summary>
    private void Leave()
    {
        if (_site is null) return;
        Context.Unwatch(_site);
        _site.Tell(new SiteProtocol.Detach(_domain));
        (_site, _key) = (null, null);
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
        while (_waiting.TryDequeue(out var deliver)) DeliveryAnswers.Return(deliver.Job);
    }

    private sealed record Resolved(MxResult Result, ImmutableArray<SiteHost> Hosts, SitePolicy Policy) : IDeadLetterSuppression;

    private sealed record IdleDue
    {
        public static IdleDue Instance { get; } = new();
    }
}
