using Mta.Accounts;
using Mta.Config;
using Mta.Net;
using Mta.Protocol.Pop3;
using Mta.Protocol.Sasl;

namespace Mta.Pop3;

/// <summary>
/// A connection at which POP3 is spoken: moves octets between the <see cref="Connection"/> and the <see cref="Pop3ServerSession"/> and does what the
/// session asks for.
/// </summary>
internal sealed partial class Pop3ConnectionActor(Pop3ServerContext context, Connection connection, ListenerKind kind, bool proxied, Stress stress)
    : ConnectionActor(connection, proxied, tlsFirst: kind == ListenerKind.Pop3s, context.Terms)
{
    // commands are short; and what is sent goes in pieces of this size, or twice that
    private const int CommandBuffer = 2048, MostOutput = 32768;

    private readonly Pop3Settings _settings = context.Settings;
    private Pop3ServerSession? _session;
    private Account? _account;
    private long _signInEnd;

    private Pop3ServerSession Session => _session!;

    private string TlsName => _session?.Tls ?? "none";

    protected override bool IsBusy => Session.IsBusy;

    /// <summary>A stranger has one span for all that leads to the sign-in; who has signed in has as long again after each response.</summary>
    protected override TimeSpan CommandTimeout
    {
        get
        {
            if (_session?.IsSignedIn == true) return _settings.IdleTimeout;
            var rest = context.Clock.GetElapsedTime(Now, _signInEnd);
            return stress.IsOn && _settings.StressSignInTimeout < rest ? _settings.StressSignInTimeout : rest;
        }
    }

    protected override int BufferSize(bool filled) => CommandBuffer;

    protected override void PreStart()
    {
        Pop3Metrics.Connections.Add(1);
        _signInEnd = FromNow(_settings.SignInTimeout);
        base.PreStart();
    }

    protected override void PostStop()
    {
        Pop3Metrics.Connections.Add(-1);
        base.PostStop();
        CloseMaildrop();
        _session?.End();
    }

    protected override void Met()
    {
        _session = new(_settings.Options(Client, context.Tokens is not null), context.Tls is not null);
        if (kind == ListenerKind.Pop3s) Handshake(); // RFC 8314 §3.3: before anything else
        else Greet();
    }

    protected override void Secured()
    {
        if (Session.IsStarted)
        {
            Session.TlsEstablished(Connection.Tls!, Connection.Binding);
            Step();
            return;
        }
        Session.BeginUnderTls(Connection.Tls!, Connection.Binding);
        Greet();
    }

    private void Greet()
    {
        Session.Start(Output);
        Become(Talking);
        Step();
    }

    /// <summary>Gives the session what was read and does what it asks for, until it needs more input or one of us has to wait.</summary>
    protected override void Step()
    {
        while (true)
        {
            // what was said is sent before more of it is made: so a message is read from the disk no faster than the client takes it
            if (Output.Count >= MostOutput && !Send()) return;
            var effect = Session.Advance(Input, Output, out int consumed);
            Consume(consumed);
            switch (effect)
            {
                case Pop3Effect.NeedInput:
                    if (!Output.IsEmpty) SetCommandDeadline();
                    Flush(After.Read);
                    return;
                case Pop3Effect.SendOutput:
                    if (!Send()) return;
                    break;
                case Pop3Effect.Authenticate:
                    if (!Authenticate()) return;
                    break;
                case Pop3Effect.OpenMaildrop:
                    OpenMaildrop();
                    return;
                case Pop3Effect.ReadMessage:
                    if (!ReadMessage()) return;
                    break;
                case Pop3Effect.Update:
                    if (!Update()) return;
                    break;
                case Pop3Effect.StartTls:
                    Flush(After.Handshake);
                    return;
                default:
                    Close("session ended");
                    return;
            }
        }
    }

    /// <summary>Whether all is sent already; otherwise <see cref="Step"/> comes when it is.</summary>
    private bool Send()
    {
        SetCommandDeadline();
        return TrySend(After.Step);
    }

    private bool Authenticate()
    {
        if (Session.PendingStep is not { } step) return NotJudged();
        if (step is SaslStep.FindKeys(var name)) return Ask(cancel => context.Directory.ScramKeysAsync(name, cancel), KeysFound, NotJudged);
        return Ask(cancel => SaslJudge.JudgeAsync(context.Directory, context.Tokens, step, Client, cancel), outcome => Judged(SaslJudge.NameIn(step), outcome), NotJudged);
    }

    private bool KeysFound(ScramKeys keys)
    {
        Session.KeysFound(keys, Output);
        return true;
    }

    private bool Judged(string name, SignIn outcome)
    {
        if (outcome is SignIn.Accepted(var account))
        {
            _account = account;
            Session.SignInAccepted(account.Address, Output);
            return true;
        }
        Pop3Log.SignInRefused(context.Log, name, Client, TlsName);
        Session.SignInRefused(outcome switch
        {
            SignIn.Refused => Pop3Refusal.Credentials,
            SignIn.Locked => Pop3Refusal.Locked,
            _ => Pop3Refusal.CannotJudge,
        }, Output);
        return true;
    }

    private bool NotJudged()
    {
        Session.SignInRefused(Pop3Refusal.CannotJudge, Output);
        return true;
    }

    /// <summary>RFC 1939 §3: the session ends without a word, and without the UPDATE state.</summary>
    protected override void TimeOut()
    {
        if (IsOver && IsDraining) ShutDown();
        else Abandon("timed out");
    }

    protected override void ShutDown()
    {
        // within a message, or where the client does not take what was said before, nobody would understand it
        if (IsSending || _text is not null)
        {
            Abandon("shutting down");
            return;
        }
        Session.Close(Pop3Refusal.ShuttingDown, Output);
        Close("shutting down");
    }

    protected override void Hurry()
    {
        if (!Session.IsSignedIn && FromNow(_settings.StressSignInTimeout) < Deadline) SetCommandDeadline();
    }

    protected override void Ending(string reason)
    {
        if (_session?.IsSignedIn == true)
            Pop3Log.Session(context.Log, _account!.Address, Session.Count, _retrieved, _retrievedOctets, _deleted, Client, TlsName, reason);
        CloseMaildrop();
    }
}
