using System.Text;
using Mta.Accounts;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Sasl;

namespace Mta.Imap;

// Who the client is (RFC 9051 §6.2), and what it can do.
internal sealed partial class ImapConnectionActor
{
    private SaslExchange? _exchange;
    private string _exchangeTag = "";
    private SaslStep? _step;
    private Account? _judged;
    private int _failures;

    private SaslMechanisms Mechanisms => context.Mechanisms(Client, Connection.Tls is not null, Connection.Binding is not null);

    private string CapabilityText => Capabilities.Of(_session, context.Tls is not null && Connection.Tls is null, Mechanisms, _settings.AppendLimit);

    private ImapResult Identify(IdCommand command)
    {
        if (command.Fields.Count > 0) ImapLog.Identified(context.Log, Client, string.Join(' ', command.Fields.Take(4).Select(f => $"{f.Key}={f.Value}")));
        Writer.BeginLine("ID"u8);
        Writer.Raw(" (\"name\" \"Mta\")"u8);
        Writer.EndLine();
        return ImapResult.Ok("ID done");
    }

    /// <summary>RFC 9051 §6.3.1: what is not known is passed over.</summary>
    private ImapResult Enable(EnableCommand command)
    {
        var enabled = new List<string>();
        foreach (string capability in command.Capabilities)
        {
            switch (capability)
            {
                case "IMAP4REV2": _session.IsRev2 = true; break;
                case "UTF8=ACCEPT": _session.AcceptsUtf8 = true; break;
                case "CONDSTORE": _session.CondStore = true; break;
                case "METADATA": _session.KnowsMetadata = true; break;
                // RFC 7162 §3.2.3: the one holds the other
                case "QRESYNC": (_session.CondStore, _session.QResync) = (true, true); break;
                default: continue;
            }
            enabled.Add(capability == "IMAP4REV2" ? "IMAP4rev2" : capability);
        }
        Writer.BeginLine("ENABLED"u8);
        foreach (string name in enabled)
        {
            Writer.Space();
            Writer.Raw(Encoding.ASCII.GetBytes(name));
        }
        Writer.EndLine();
        return ImapResult.Ok("ENABLE done");
    }

    private bool Login(LoginCommand command)
    {
        if ((Mechanisms & SaslMechanisms.Plain) == 0) return End(command.Tag, ImapResult.No("not in the clear: start TLS first", ImapCode.PrivacyRequired));
        return Ask(cancel => new ValueTask<SignIn>(context.Directory.CheckPasswordAsync(command.Name, command.Password, Client, cancel)),
            outcome => SignedIn(command.Tag, command.Name, outcome), () => End(command.Tag, NotJudged));
    }

    private bool Authenticate(AuthenticateCommand command)
    {
        var offered = Mechanisms;
        if (offered == SaslMechanisms.None) return End(command.Tag, ImapResult.No("not in the clear: start TLS first", ImapCode.PrivacyRequired));
        var mechanism = SaslNames.Find(Encoding.ASCII.GetBytes(command.Mechanism)) & offered;
        if (mechanism == SaslMechanisms.None) return End(command.Tag, ImapResult.No("there is no such mechanism", ImapCode.Cannot));
        (_exchange, _exchangeTag) = (SaslNames.Begin(mechanism, offered.HasFlag(SaslMechanisms.ScramSha256Plus) ? Connection.Binding : null), command.Tag);
        return Follow(_exchange.Start(command.InitialResponse is { } initial ? initial.Span : default, command.InitialResponse is not null));
    }

    private bool Respond() => Follow(_exchange!.Respond(_reader.Response.Span));

    private bool Follow(SaslStep step)
    {
        _step = step;
        switch (step)
        {
            case SaslStep.Challenge challenge:
                Writer.Challenge(challenge.Octets.Span);
                _reader.ExpectResponse(_exchangeTag);
                return true;
            case SaslStep.Done:
                var (tag, account) = (_exchangeTag, _judged!);
                ForgetExchange();
                return Admit(tag, account);
            case SaslStep.Failed failed:
                return EndExchange(failed.Reason == SaslFailure.Malformed ? ImapResult.Bad("the response is malformed") : Wrong());
            case SaslStep.FindKeys(var name):
                return Ask(cancel => context.Directory.ScramKeysAsync(name, cancel), keys => Follow(_exchange!.KeysFound(keys)), () => EndExchange(NotJudged));
            default:
                return Ask(cancel => SaslJudge.JudgeAsync(context.Directory, context.Tokens, step, Client, cancel), Judged, () => EndExchange(NotJudged));
        }
    }

    private bool Judged(SignIn outcome)
    {
        string name = SaslJudge.NameIn(_step!);
        switch (outcome)
        {
            case SignIn.Accepted(var account):
                _judged = account;
                return Follow(_exchange!.Accepted());
            case SignIn.Refused:
                ImapLog.SignInRefused(context.Log, name, Client);
                return Follow(_exchange!.Refused());
            default:
                ImapLog.SignInRefused(context.Log, name, Client);
                return EndExchange(outcome is SignIn.Locked ? LockedOut : NotJudged);
        }
    }

    private bool EndExchange(ImapResult result)
    {
        ForgetExchange();
        return EndSignIn(_exchangeTag, result);
    }

    private void ForgetExchange() => (_exchange, _step, _judged) = (null, null, null);

    private bool SignedIn(string tag, string name, SignIn outcome)
    {
        if (outcome is SignIn.Accepted(var account)) return Admit(tag, account);
        ImapLog.SignInRefused(context.Log, name, Client);
        return EndSignIn(tag, outcome switch { SignIn.Refused => Wrong(), SignIn.Locked => LockedOut, _ => NotJudged });
    }

    private bool EndSignIn(string tag, ImapResult result)
    {
        End(tag, result);
        if (result.Status != ImapStatus.No || _failures < _settings.MaxFailures) return true;
        Bye("too many failed sign-ins");
        return false;
    }

    /// <summary>It may come in, once its first mailboxes are there; by then we are told all that happens to them, too.</summary>
    private bool Admit(string tag, Account account)
    {
        var self = Self;
        return Ask(_ => new ValueTask<bool>(PrepareAsync()), _ => EndSignIn(tag, Welcome(account)), () => EndSignIn(tag, NotUsable));

        async Task<bool> PrepareAsync()
        {
            await context.Mailboxes.WatchAsync(account.Id, self).ConfigureAwait(false);
            return await context.Mailboxes.EnsureAsync(account).ConfigureAwait(false);
        }
    }

    private ImapResult Welcome(Account account)
    {
        _session.Account = account;
        _reader.Options = ImapReaderOptions.SignedIn;
        return ImapResult.Ok("welcome", new("CAPABILITY", CapabilityText));
    }

    /// <summary>RFC 8437 §3: all is as it was before the sign-in, TLS aside.</summary>
    private bool Unauthenticate(string tag)
    {
        bool isCompressed = Connection.IsCompressed;
        // §4.1: the compression ends with this command
        if (isCompressed && Input.Length > 0)
        {
            Bye("what follows UNAUTHENTICATE must not be compressed");
            return false;
        }
        var account = _session.Account!;
        foreach (long id in _session.Watched.Keys.Append(account.Id))
        {
            _left.Add(id);
            context.Mailboxes.Unwatch(id, Self);
        }
        ImapLog.Session(context.Log, account.Address, Client, Connection.Tls ?? "none", "signed out");
        _session = new();
        _notices = new();
        _news.Clear();
        _reader.Options = ImapReaderOptions.Stranger;
        _signInEnd = FromNow(_settings.SignInTimeout);
        End(tag, ImapResult.Ok("UNAUTHENTICATE done"));
        SetCommandDeadline();
        if (!isCompressed) return true;
        Flush(After.EndCompression);
        return false;
    }

    private ImapResult Wrong()
    {
        _failures++;
        return ImapResult.No("wrong name or password", ImapCode.AuthenticationFailed);
    }

    private static ImapResult LockedOut { get; } = ImapResult.No("too many failed attempts, try again later", ImapCode.Unavailable);

    private static ImapResult NotUsable { get; } = ImapResult.No("the mailboxes cannot be used now, try again later", ImapCode.Unavailable);

    private static ImapResult NotJudged { get; } = ImapResult.No("cannot judge that now, try again later", ImapCode.Unavailable);
}
