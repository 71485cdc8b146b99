using Akka.Actor;
using Mta.Actors;

namespace Mta.Domains;

/// <summary>Parent of the sites: makes them, and leads domains to them.</summary>
internal sealed class SitesActor : UntypedActor
{
    private readonly Children<SiteKey> _sites;
    private TimeSpan? _drainLimit;

    public SitesActor(DomainsContext context) => _sites = new(Context, key => Props.Create<SiteActor>(key, context));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SiteProtocol.Attach attach:
                _sites.Forward(attach.Key, attach, Sender);
                break;
            case SiteProtocol.Refresh:
                foreach (var site in _sites.Refs) site.Tell(message);
                break;
            case SiteProtocol.Drain drain:
                _drainLimit = drain.Limit;
                foreach (var site in _sites.Refs) site.Tell(drain);
                StopIfDrained();
                break;
            default:
                if (_sites.Handle(message, Sender)) StopIfDrained();
                else Unhandled(message);
                break;
        }
    }

    // Its domains see it go and come back to a new one
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void StopIfDrained()
    {
        if (_drainLimit is not null && _sites.Count == 0) Context.Stop(Self);
    }
}
