using System.Collections.Immutable;
using Akka.Actor;

namespace Mta.Domains;

/// <summary>Asks some domains for their status and tells the asker all at once; without those that have not answered in time.</summary>
internal sealed class StatusCollector : UntypedActor
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);
    private readonly ImmutableArray<DomainStatus>.Builder _found = ImmutableArray.CreateBuilder<DomainStatus>();
    private readonly IActorRef _asker;
    private readonly int _expected;

    public StatusCollector(ImmutableArray<string> domains, IActorRef parent, IActorRef asker)
    {
        (_asker, _expected) = (asker, domains.Length);
        foreach (string domain in domains) parent.Tell(new DomainProtocol.Describe(domain), Self);
        SetReceiveTimeout(Limit);
        if (_expected == 0) Finish();
    }

    protected override void OnReceive(object message)
    {
        if (message is DomainStatus status) _found.Add(status);
        if (_found.Count == _expected || message is ReceiveTimeout) Finish();
    }

    private void Finish()
    {
        _asker.Tell(new DomainStatuses([.. _found.OrderBy(s => s.Domain, StringComparer.Ordinal)]));
        Context.Stop(Self);
    }
}
