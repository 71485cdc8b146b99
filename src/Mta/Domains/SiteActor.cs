using System.Globalization;
using Akka.Actor;
using Mta.Actors;
using Mta.Delivery;
using Mta.Mail;
using Mta.Protocol.Smtp;

namespace Mta.Domains;

/// <summary>
/// The hosts of one or more domains: owns what is true of them rather than of a domain. Keeps the waiting jobs, opens connections as
/// the window allows, hands each free one a job, and answers for all that wait when no host can be reached. What a connection holds
/// of the window it holds for as long as it lives.
/// </summary>
internal sealed class SiteActor : UntypedActor, IWithTimers
{
    private readonly SiteKey _key;
    private readonly DomainsContext _context;
    private readonly Pace _pace;
    private readonly ConcurrencyWindow _window;
    private readonly SiteHosts _hosts = new();
    private readonly ReadyJobs _ready = new();
    private readonly Dictionary<IActorRef, Link> _links = [];
    private readonly HashSet<IActorRef> _ended = [];
    private readonly Stack<Link> _idle = new();
    private readonly Dictionary<string, IActorRef> _domains = new(StringComparer.Ordinal);
    private readonly Random _random = new();
    private int _opening;
    private bool _isDraining;

    public SiteActor(SiteKey key, DomainsContext context)
    {
        (_key, _context) = (key, context);
        _pace = new(key.Policy.MessagesPerSecond, context.Delivery.Clock);
        _window = new(Math.Min(context.Delivery.Settings.Value.InitialConcurrency, key.Policy.Concurrency));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private DeliverySettings Settings => _context.Delivery.Settings.Value;
    private DateTimeOffset Now => _context.Delivery.Clock.GetUtcNow();

    // A connection answers for its job when it fails, and is replaced, not restarted
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DomainProtocol.Deliver deliver:
                Take(deliver.Job);
                break;
            case DeliveryProtocol.Free free when _links.TryGetValue(Sender, out var link):
                Freed(link, free.Jobs > 0);
                break;
            case DeliveryProtocol.GaveBack back:
                if (_links.TryGetValue(Sender, out var leaving)) Leave(leaving);
                if (_isDraining || _context.Suspensions?.Contains(back.Job.Domain) == true) DeliveryAnswers.Return(back.Job);
                else _ready.Add(back.Job, first: true);
                Pump();
                break;
            case DeliveryProtocol.Ended ended:
                if (_links.TryGetValue(Sender, out var closed)) Ended(closed, ended.Failure);
                break;
            case SiteProtocol.Attach attach:
                _domains[attach.Domain] = Context.Watch(Sender);
                _hosts.Update(attach.Hosts);
                Sender.Tell(new SiteProtocol.Attached(_key, Self));
                break;
            case SiteProtocol.Detach detach:
                if (_domains.Remove(detach.Domain)) Context.Unwatch(Sender);
                Settle();
                break;
            case SiteProtocol.Describe describe:
                Sender.Tell(Describe(describe.Domain));
                break;
            case SiteProtocol.Suspended suspended:
                foreach (var job in _ready.TakeAll(suspended.Domain)) DeliveryAnswers.Return(job);
                Settle();
                break;
            case SiteProtocol.Refresh:
                _hosts.ClearBackOff();
                Pump();
                break;
            case SiteProtocol.Drain drain:
                Drain(drain.Limit);
                break;
            case PassivationProtocol.StopIfUnused:
                if (IsUnused) Context.Stop(Self);
                else Context.Parent.Tell(PassivationProtocol.StillUsed.Instance);
                break;
            case TokenDue:
                Pump();
                break;
            case DrainDue:
                foreach (var link in _links.Keys) link.Tell(DeliveryProtocol.Abandon.Instance);
                break;
            case Terminated terminated:
                Terminated(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private bool IsUnused => _domains.Count == 0 && _links.Count == 0 && _ended.Count == 0 && _ready.Count == 0;

    private void Take(DeliveryJob job)
    {
        if (_isDraining)
        {
            DeliveryAnswers.Return(job);
            return;
        }
        if (_ready.Count >= Settings.WaitingLimit)
        {
            SmtpReply reply = new(451, new(4, 3, 1), "too many messages wait for this destination");
            DeliveryAnswers.All(job, new DeliveryResult.Deferred(reply, ""), _context.Delivery.Logger, _context.Delivery.Clock);
            return;
        }
        _ready.Add(job);
        Pump();
    }

    /// <summary>Brings jobs and connections together as far as rate, window and hosts allow.</summary>
    private void Pump()
    {
        while (_ready.Count > 0 && _idle.TryPop(out var link))
        {
            if (link.State != LinkState.Idle) continue;
            if (!_pace.TryTake(out var wait))
            {
                _idle.Push(link);
                Timers.StartSingleTimer(nameof(TokenDue), TokenDue.Instance, wait);
                return;
            }
            _ready.TryTake(out var job);
            (link.State, link.Domain) = (LinkState.Busy, job!.Domain);
            link.Ref.Tell(new DeliveryProtocol.Carry(job));
        }
        while (_ready.Count > _opening && _links.Count < _window.Limit && _hosts.Pick(Now, Settings.ConnectionLimit, _random) is { } address)
            Open(address);
        // the jobs wait on while any connection lives: a busy one will come for them
        if (_ready.Count > 0 && _links.Count == 0 && _hosts.AllAreBackingOff(Now)) DeferAll();
    }

    private void Open(SiteAddress address)
    {
        var actor = Context.Watch(Context.ActorOf(_context.Connection(new(address.HostName, address.EndPoint, _key.Policy))));
        _links.Add(actor, new(actor, address));
        address.Connections++;
        _opening++;
    }

    private void Freed(Link link, bool hasCarried)
    {
        if (link.State == LinkState.Opening) _opening--;
        if (hasCarried)
        {
            _window.Succeeded(Math.Min(Settings.InitialConcurrency, _key.Policy.Concurrency), _key.Policy.Concurrency);
            link.Address.Succeeded(Now);
            _pace.Carried();
        }
        (link.State, link.Domain) = (LinkState.Idle, null);
        if (_links.Count > _window.Limit && _links.Count > 1 && !_isDraining)
        {
            link.State = LinkState.Leaving;
            link.Ref.Tell(DeliveryProtocol.Close.Instance);
            return;
        }
        _idle.Push(link);
        Pump();
    }

    private void Leave(Link link)
    {
        if (link.State == LinkState.Opening) _opening--;
        (link.State, link.Domain) = (LinkState.Leaving, null);
    }

    private void Ended(Link link, SmtpReply? failure)
    {
        Remove(link);
        // A job may be on its way to it, which it gives back before it stops. Until then we must be here to take it.
        _ended.Add(link.Ref);
        link.Ref.Tell(PoisonPill.Instance);
        if (failure is not null && link.Address.SlowsUsDown(failure, Now)) SlowDown(link.Address, failure);
        else if (failure is not null) Failed(link.Address, failure);
        Pump();
    }

    private void SlowDown(SiteAddress address, SmtpReply failure)
    {
        _pace.SlowDown();
        _window.Failed();
        DeliveryLog.SlowedDown(_context.Delivery.Logger, address.Display, _pace.Slowed ?? 0, failure);
    }

    private void Failed(SiteAddress address, SmtpReply failure)
    {
        DeliveryLog.HostFailed(_context.Delivery.Logger, address.Display, failure);
        address.Failed(failure, Now, Settings.BackOff, _random);
        _window.Failed();
        if (_links.Count == 0 && _hosts.AllAreBackingOff(Now)) _window.Died();
    }

    private void Remove(Link link)
    {
        Leave(link);
        _links.Remove(link.Ref);
        link.Address.Connections--;
    }

    private void DeferAll()
    {
        var last = _hosts.LastFailed;
        var error = last?.LastError ?? new SmtpReply(451, new(4, 4, 1), "no host can be reached");
        var result = new DeliveryResult.Deferred(error, last?.Display ?? "");
        while (_ready.TryTake(out var job)) DeliveryAnswers.All(job, result, _context.Delivery.Logger, _context.Delivery.Clock);
    }

    private void Terminated(IActorRef actor)
    {
        if (!_ended.Remove(actor) && _links.TryGetValue(actor, out var crashed))
        {
            Remove(crashed);
            Failed(crashed.Address, new(451, new(4, 3, 0), "internal error"));
            Pump();
        }
        else if (_domains.FirstOrDefault(d => d.Value.Equals(actor)).Key is { } domain) _domains.Remove(domain);
        Settle();
    }

    /// <summary>Leaves when there is nothing left to do here.</summary>
    private void Settle()
    {
        if (_isDraining && _links.Count == 0 && _ended.Count == 0) Context.Stop(Self);
        else if (IsUnused) Context.Parent.Tell(PassivationProtocol.Passivate.Instance);
    }

    private void Drain(TimeSpan limit)
    {
        _isDraining = true;
        while (_ready.TryTake(out var job)) DeliveryAnswers.Return(job);
        foreach (var link in _links.Values) link.Ref.Tell(DeliveryProtocol.Close.Instance);
        Timers.StartSingleTimer(nameof(DrainDue), DrainDue.Instance, limit);
        Settle();
    }

    private DomainStatus Describe(string domain)
    {
        var until = _hosts.BackOffUntil(Now);
        var error = _hosts.LastFailed;
        int inFlight = _links.Values.Count(l => l.Domain == domain);
        string state = until is { } time
            ? $"backing off until {time:u}: {error?.LastError}"
            : _links.Count == 0
                ? "idle"
                : string.Join("; ", _links.Values.GroupBy(l => l.Address.Display).Select(g => $"{g.Count()} connections to {g.Key}"));
        if (_pace.Slowed is { } slow) state += string.Create(CultureInfo.InvariantCulture, $"; slowed down to {slow:0.#} messages a second");
        return new(domain, state, _ready.CountOf(domain), inFlight, _links.Count, _window.Value, until, error?.LastError?.ToString())
        {
            Site = _key.Hosts,
            Hosts = _hosts.Describe(Now),
            MaxConnections = _key.Policy.Concurrency,
            Rate = _key.Policy.MessagesPerSecond,
            SlowedTo = _pace.Slowed,
        };
    }

    protected override void PostStop()
    {
        while (_ready.TryTake(out var job)) DeliveryAnswers.Return(job);
    }

    private enum LinkState : byte { Opening, Idle, Busy, Leaving }

    private sealed class Link(IActorRef actor, SiteAddress address)
    {
        public IActorRef Ref { get; } = actor;
        public SiteAddress Address { get; } = address;
        public LinkState State { get; set; }

        /// <summary>Whose job it carries, or null.</summary>
        public string? Domain { get; set; }
    }

    private sealed record TokenDue
    {
        public static TokenDue Instance { get; } = new();
    }

    private sealed record DrainDue
    {
        public static DrainDue Instance { get; } = new();
    }
}
