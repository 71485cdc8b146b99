using System.Net;
using Mta.Domains;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;

namespace Mta.Load.Sink;

/// <summary>A profile at work: what it remembers of source addresses and domains, and what it decides. Safe for use by many threads.</summary>
internal sealed class Provider(Profile profile, ulong seed, TimeProvider clock, bool lmtp = false)
{
    // Source addresses that are remembered after their last connection; more forget the idle ones.
    private const int MaxSources = 100_000;

    private sealed class Source(TokenBucket? rate)
    {
        public TokenBucket? Rate { get; } = rate;
        public int Connections { get; set; }
        public double Reputation { get; set; } = 1;
    }

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Source> _sources = [];
    private readonly Dictionary<string, TokenBucket> _domains = [];
    private readonly Greylist? _greylist = profile.GreylistDelay > TimeSpan.Zero ? new(profile.GreylistDelay / profile.TimeScale, clock) : null;
    private readonly long _start = clock.GetTimestamp();
    private readonly bool _hasSources = profile is not { ConnectionsPerAddress: 0, RatePerAddress: 0, Reputation: { UnknownUserCost: 0, ComplaintCost: 0 } };

    public Profile Profile => profile;
    public SmtpServerOptions SessionOptions { get; } = profile.SessionOptions(lmtp);
    public ProviderCounters Counters { get; } = new();

    /// <summary>A connection comes from <paramref name="source"/>; <see cref="Leave"/> must follow, whatever the verdict.</summary>
    public Verdict Enter(IPAddress source, ref Dice dice)
    {
        Counters.Connected();
        if (_hasSources)
        {
            lock (_gate)
            {
                var known = Known(source);
                known.Connections++;
                if (profile.ConnectionsPerAddress > 0 && known.Connections > profile.ConnectionsPerAddress) return Count(new(profile.ConnectionsReply));
            }
        }
        return Judge(Stage.Connect, ref dice);
    }

    /// <summary>The connection that came by <see cref="Enter"/> ended.</summary>
    public void Leave(IPAddress source)
    {
        Counters.Disconnected();
        if (!_hasSources) return;
        lock (_gate) Known(source).Connections--;
    }

    /// <summary>What the rules say at a stage.</summary>
    public Verdict Judge(Stage stage, ref Dice dice)
    {
        if (profile.Rules.Count == 0) return default;
        var running = clock.GetElapsedTime(_start);
        foreach (var rule in profile.Rules)
            if (rule.At == stage && rule.Holds(running) && dice.Falls(rule.Probability)) return Count(new(rule.Reply, rule.Fault));
        return default;
    }

    /// <summary>Whether the handshake after STARTTLS is to fail.</summary>
    public bool BreaksTls(ref Dice dice)
    {
        if (profile.Rules.Count == 0) return false;
        var running = clock.GetElapsedTime(_start);
        foreach (var rule in profile.Rules)
        {
            if (rule.At != Stage.Tls || !rule.Holds(running) || !dice.Falls(rule.Probability)) continue;
            Counters.Faulted();
            return true;
        }
        return false;
    }

    /// <summary>Judges a recipient: rules, reputation, rates, greylist, and whether it exists.</summary>
    public Verdict JudgeRecipient(IPAddress source, MailPath sender, MailPath recipient, ref Dice dice)
    {
        if (Judge(Stage.Rcpt, ref dice) is { IsAccepted: false } ruled) return ruled;
        if (_hasSources || profile.RatePerDomain > 0 || _greylist is not null)
            lock (_gate)
                if (JudgeSource(source, sender, recipient) is { IsAccepted: false } judged) return Count(judged);
        if (profile.UnknownUsers > 0 || profile.FullMailboxes > 0)
        {
            double fate = Dice.Fraction(seed, recipient.Address);
            if (fate < profile.UnknownUsers)
            {
                Change(source, -profile.Reputation.UnknownUserCost);
                return Count(new(profile.UnknownReply));
            }
            if (fate < profile.UnknownUsers + profile.FullMailboxes) return Count(new(profile.FullReply));
        }
        return default;
    }

    /// <summary>A message was accepted; true if its reader complains.</summary>
    public bool Accept(IPAddress source, int recipients, long octets, ref Dice dice)
    {
        Counters.Accepted(recipients, octets);
        var reputation = profile.Reputation;
        bool complains = dice.Falls(reputation.Complaints);
        Change(source, reputation.AcceptedGain - (complains ? reputation.ComplaintCost : 0));
        return complains;
    }

    /// <summary>Whether what is accepted for a recipient comes back later; other ones than those who do not exist.</summary>
    public bool Bounces(MailPath recipient) => profile.Bounces > 0 && Dice.Fraction(Dice.Mix(seed), recipient.Address) < profile.Bounces;

    /// <summary>Counts what was refused.</summary>
    public Verdict Count(Verdict verdict)
    {
        if (verdict.Reply is { } reply) Counters.Refused(reply.Code);
        else Counters.Faulted();
        return verdict;
    }

    private Verdict JudgeSource(IPAddress source, MailPath sender, MailPath recipient)
    {
        if (_hasSources)
        {
            var known = Known(source);
            if (known.Reputation < profile.Reputation.RefuseBelow) return new(profile.Reputation.RefuseReply);
            if (known.Reputation < profile.Reputation.DeferBelow) return new(profile.Reputation.DeferReply);
            if (known.Rate?.TryTake(out _) == false) return new(profile.RateReply);
        }
        if (profile.RatePerDomain > 0 && !Domain(recipient.Domain).TryTake(out _)) return new(profile.RateReply);
        if (_greylist is null) return default;
        ulong triplet = Dice.Hash(Dice.Hash(Dice.Hash(seed, source.ToString()), sender.Address), recipient.Address);
        return _greylist.Passes(triplet) ? default : new(profile.GreylistReply);
    }

    private void Change(IPAddress source, double by)
    {
        if (by == 0 || !_hasSources) return;
        lock (_gate)
        {
            var known = Known(source);
            known.Reputation = Math.Clamp(known.Reputation + by, 0, 1);
        }
    }

    private Source Known(IPAddress address)
    {
        if (_sources.TryGetValue(address, out var source)) return source;
        if (_sources.Count >= MaxSources)
            foreach (var (idle, _) in _sources.Where(s => s.Value.Connections == 0).ToArray()) _sources.Remove(idle);
        source = new(profile.RatePerAddress > 0 ? new(profile.RatePerAddress, clock) : null);
        _sources.Add(address, source);
        return source;
    }

    private TokenBucket Domain(string name)
    {
        if (_domains.TryGetValue(name, out var bucket)) return bucket;
        // names come from the client
        if (_domains.Count >= MaxSources) _domains.Clear();
        bucket = new(profile.RatePerDomain, clock);
        _domains.Add(name, bucket);
        return bucket;
    }
}
