using System.Collections.Frozen;
using System.Collections.Immutable;
using Mta.Accounts.Names;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp;

namespace Mta.Accounts.Store;

/// <summary>
/// Where an address leads to in the end: aliases and groups are followed, level by level, each once. A loop, which cannot be made but can come
/// about, ends by itself; what leads too far is an error that the operator must see, and mail for it waits.
/// </summary>
internal sealed class Expansion
{
    private static readonly SmtpReply Disabled = SmtpReply.Parse("550 5.2.1 this mailbox is disabled");
    private static readonly SmtpReply TooLarge = SmtpReply.Parse("451 4.3.5 this address leads to too many others");

    private readonly AddressLookup _lookup;
    private readonly AccountsSettings _settings;
    private readonly List<MailPath> _targets = [], _unknown = [];
    private readonly List<(long Id, MailPath Address)> _accounts = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal), _followed = new(StringComparer.Ordinal);
    private readonly string? _start;

    private Expansion(AddressLookup lookup, AccountsSettings settings, AddressLookup.Found start)
    {
        (_lookup, _settings, _start) = (lookup, settings, start.Key);
        var level = Follow([start]);
        for (int depth = 0; level.Count > 0 && !IsTooLarge; depth++)
        {
            if (depth == settings.MaxDepth) IsTooLarge = true;
            else level = Step(level);
        }
    }

    /// <summary>It leads back to where it began.</summary>
    public bool IsLoop { get; private set; }

    /// <summary>It breaks <c>max-targets</c> or <c>max-depth</c>.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Addresses of ours on the way that do not exist.</summary>
    public IReadOnlyList<MailPath> Unknown => _unknown;

    /// <summary>An address that was found, and all it leads to.</summary>
    public static Expansion Of(AddressLookup lookup, AccountsSettings settings, AddressLookup.Found start) => new(lookup, settings, start);

    /// <summary>What that means for mail and for senders.</summary>
    public ResolvedAddress Result()
    {
        var ids = _accounts.Select(a => a.Id).ToFrozenSet();
        if (IsTooLarge) return new(new Resolution.Closed(TooLarge), ids);
        var taking = _lookup.TakingMail(ids);
        ImmutableArray<MailPath> targets = [.. _accounts.Where(a => taking.Contains(a.Id)).Select(a => a.Address), .. _targets];
        // a group delivers to those of its members that take mail
        Resolution resolution = targets.Length > 0 ? new Resolution.Deliverable(targets)
            : _accounts.Count > 0 ? new Resolution.Closed(Disabled)
            : Resolution.Unknown.Instance;
        return new(resolution, ids);
    }

    private List<MailPath> Step(List<MailPath> level)
    {
        var local = new List<MailPath>();
        foreach (var path in level)
        {
            // what is compared exactly is another's: its case is for its own domain to judge
            if (!_seen.Add(_lookup.IsLocal(path.Domain) ? AddressKey.Of(path) : $"{AddressKey.LocalPart(path)}@{path.Domain}")) continue;
            if (_lookup.IsLocal(path.Domain)) local.Add(path);
            else _targets.Add(path);
        }
        var found = _lookup.Find(local);
        for (int i = 0; i < found.Length; i++)
            if (found[i] is null) _unknown.Add(local[i]);
        return Follow(found.OfType<AddressLookup.Found>());
    }

    /// <summary>Takes what is an account, and returns what the rest leads to.</summary>
    private List<MailPath> Follow(IEnumerable<AddressLookup.Found> found)
    {
        var (next, aliases) = (new List<MailPath>(), new List<string>());
        foreach (var one in found)
        {
            if (!_followed.Add(one.Key))
            {
                IsLoop |= one.Key == _start;
                continue;
            }
            if (one.AccountId is { } id) _accounts.Add((id, Path(one.Key)));
            else if (one.CatchAll is { } target) next.Add(Path(target));
            else aliases.Add(one.Key);
        }
        foreach (var targets in _lookup.Targets(aliases)) next.AddRange(targets.Select(Path));
        IsTooLarge |= _accounts.Count + _targets.Count > _settings.MaxTargets || next.Count > 2 * _settings.MaxTargets;
        return next;
    }

    private static MailPath Path(string address) => new(address, DomainName.Normalize(address[(address.LastIndexOf('@') + 1)..])!);
}

/// <summary>An address looked up: where its mail goes, and the accounts that it leads to, which may send under it.</summary>
internal sealed record ResolvedAddress(Resolution Resolution, FrozenSet<long> Accounts)
{
    public static ResolvedAddress Unknown { get; } = new(global::Mta.Accounts.Resolution.Unknown.Instance, []);
}
