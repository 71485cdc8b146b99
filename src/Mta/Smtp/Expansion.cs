using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Mta.Mail;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;
using Mta.Protocol.Text;

namespace Mta.Smtp;

/// <summary>
/// What the recipients of one transaction stand for, where they are ours: aliases, groups and mailboxes. Remembered from RCPT, when it was found out, to
/// the end of the message.
/// </summary>
internal sealed class Expansion
{
    private readonly Dictionary<int, ImmutableArray<MailPath>> _targets = [];
    private SmtpTransaction? _transaction;
    private int _more;

    /// <summary>How many recipients the transaction has with <paramref name="targets"/> more.</summary>
    public int Count(SmtpTransaction transaction, int targets) => transaction.Recipients.Count + targets + (transaction == _transaction ? _more : 0);

    /// <summary>The recipient that is about to be accepted stands for these.</summary>
    public void Add(SmtpTransaction transaction, ImmutableArray<MailPath> targets)
    {
        if (transaction != _transaction)
        {
            _targets.Clear();
            (_transaction, _more) = (transaction, 0);
        }
        _targets[transaction.Recipients.Count] = targets;
        _more += targets.Length - 1;
    }

    /// <summary>The recipients of the envelope: each target once, with the parameters of who named it first.</summary>
    /// <param name="expansion">Null where none of them is ours.</param>
    /// <param name="resolve">Of <c>&lt;postmaster&gt;</c>.</param>
    public static ImmutableArray<Recipient> Recipients(Expansion? expansion, SmtpTransaction transaction, Func<MailPath, MailPath> resolve)
    {
        var accepted = transaction.Recipients;
        var recipients = ImmutableArray.CreateBuilder<Recipient>(accepted.Count);
        var expanded = transaction == expansion?._transaction ? expansion._targets : null;
        var seen = expanded is null ? null : new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < accepted.Count; i++)
        {
            var path = resolve(accepted[i].Path);
            if (expanded is null) recipients.Add(new(path.Address, path.Domain, accepted[i].Parameters));
            else if (!expanded.TryGetValue(i, out var targets)) Add(path, accepted[i].Parameters);
            else
                foreach (var target in targets) Add(target, Parameters(accepted[i].Parameters, path, target));
        }
        return recipients.DrainToImmutable();

        void Add(MailPath path, RcptParameters parameters)
        {
            if (seen!.Add(Key(path))) recipients.Add(new(path.Address, path.Domain, parameters));
        }
    }

    /// <summary>The local part as it is, the domain as it is compared.</summary>
    private static string Key(MailPath path) => $"{path.Address.AsSpan(0, path.Address.LastIndexOf('@') + 1)}{path.Domain}";

    /// <summary>
    /// RFC 3461 §5.2.7: what the sender asked for holds for each target, and ORCPT still says whom the sender named (§5.2.1 lets us add it), so that a
    /// notification can be understood by somebody who knows the alias alone.
    /// </summary>
    private static RcptParameters Parameters(RcptParameters asked, MailPath named, MailPath target) =>
        asked.OriginalRecipient is not null || string.Equals(Key(named), Key(target), StringComparison.OrdinalIgnoreCase) ? asked : new(asked.Notify, OriginalRecipient(named.Address));

    private static string OriginalRecipient(string address)
    {
        if (Ascii.IsValid(address)) return "rfc822;" + Xtext.Encode(address);
        // RFC 6533 §3: utf-8-addr-unitext
        var text = new StringBuilder("utf-8;");
        foreach (char c in address)
        {
            if (c is '+' or '=' or '\\' or <= ' ' or '\x7F') text.Append(CultureInfo.InvariantCulture, $"\\x{{{(int)c:X2}}}");
            else text.Append(c);
        }
        return text.ToString();
    }
}
