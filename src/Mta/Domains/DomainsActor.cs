using Akka.Actor;
using Mta.Actors;
using Mta.Delivery;

namespace Mta.Domains;

/// <summary>
/// Parent of the destination domains, and where the queue sends its jobs: hands each to the <see cref="DomainActor"/> of its domain.
/// </summary>
public sealed class DomainsActor : UntypedActor
{
    private readonly DomainsContext _context;
    private readonly Children<string> _domains;
    private readonly IActorRef _sites;
    private IActorRef? _local;
    private DomainProtocol.Drain? _drain;
    private IActorRef? _drainer;

    public DomainsActor(DomainsContext context)
    {
        _context = context;
        _sites = Context.Watch(Context.ActorOf(Props.Create<SitesActor>(context), "sites"));
        var sites = _sites;
        _domains = new(Context, domain => Props.Create<DomainActor>(domain, sites, context));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            // a partition had sent it before it knew
            case DomainProtocol.Deliver deliver when _drain is not null || _context.Suspensions?.Contains(deliver.Job.Domain) == true:
                DeliveryAnswers.Return(deliver.Job);
                break;
            case DomainProtocol.Deliver deliver when IsHere(deliver.Job.Domain):
                _local ??= Context.Watch(Context.ActorOf(_context.Local!));
                _local.Tell(deliver);
                break;
            case DomainProtocol.Deliver deliver:
                _domains.Forward(deliver.Job.Domain, deliver, Sender);
                break;
            case DomainProtocol.Describe describe when _domains.Contains(describe.Domain):
                _domains.Forward(describe.Domain, describe, Sender);
                break;
            case DomainProtocol.Describe describe:
                Sender.Tell(new DomainStatus(describe.Domain, IsHere(describe.Domain) ? "its mailboxes are here" : "idle", 0, 0, 0, 0, null, null));
                break;
            case DomainProtocol.Suspended suspended:
                if (_domains.Contains(suspended.Domain)) _domains.Forward(suspended.Domain, suspended, Sender);
                break;
            case DomainProtocol.Refresh { Domain: { } domain } refresh:
                if (_domains.Contains(domain)) _domains.Forward(domain, refresh, Sender);
                else _context.Mx.Forget(domain);
                break;
            case DomainProtocol.Refresh:
                _context.Mx.Forget(null);
                foreach (string each in _domains.Keys) _domains.Forward(each, new DomainProtocol.Refresh(each), Sender);
                break;
            case DomainProtocol.Drain drain:
                Drain(drain);
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_local):
                _local = null;
                StopSites();
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_sites):
                // all connections are closed
                _drainer?.Tell(DomainProtocol.Drained.Instance);
                Context.Stop(Self);
                break;
            default:
                if (!_domains.Handle(message, Sender)) Unhandled(message);
                else if (_drain is not null && _domains.Count == 0) DrainDeliveries();
                break;
        }
    }

    /// <summary>A domain of ours that no route leads away from.</summary>
    private bool IsHere(string domain) => _context.Local is not null && _context.IsOurs(domain) && _context.Routes.Value.FindForOurs(domain) is null;

    // First the domains, so that all that is under way has reached its site or was returned, then the sites
    private void Drain(DomainProtocol.Drain drain)
    {
        if (_drain is not null) return;
        (_drain, _drainer) = (drain, Sender);
        foreach (object unsent in _domains.StopAll())
            if (unsent is DomainProtocol.Deliver deliver) DeliveryAnswers.Return(deliver.Job);
        if (_domains.Count == 0) DrainDeliveries();
    }

    private void DrainDeliveries()
    {
        _local?.Tell(_drain);
        StopSites();
    }

    private void StopSites()
    {
        if (_drain is not null && _local is null) _sites.Tell(new SiteProtocol.Drain(_drain.Limit));
    }

    // What it held is answered for when it stops; the next job makes a new one
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);
}
