using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Mta.Protocol.Sasl;

/// <summary>
/// One sign-in by one mechanism, server side, without I/O (RFC 4422): the client's octets, base 64 already undone, go in, and each call says
/// what comes next. Holds no more than a response. Used once; a call that does not answer the last step throws
/// <see cref="InvalidOperationException"/>.
/// </summary>
public abstract class SaslExchange
{
    /// <summary>Octets of a line with a response in base 64, and of a command with an initial response (RFC 4954 §4).</summary>
    public const int MaxLine = 12288;

    /// <summary>Octets of a response: enough for the longest names and passwords, and for a token with many claims in it.</summary>
    protected const int Short = 4096, Long = 12288;

    private SaslStep? _last;

    /// <summary>Octets of a response beyond which it is malformed.</summary>
    protected virtual int MaxResponse => Short;

    /// <summary>Begins with the client's initial response, or without one (RFC 4422 §3.3 tells an empty one from none).</summary>
    public SaslStep Start(ReadOnlySpan<byte> initial, bool hasInitial)
    {
        Expect(_last is null);
        return _last = hasInitial ? Take(initial) : Prompt;
    }

    /// <summary>The client's answer to a <see cref="SaslStep.Challenge"/>.</summary>
    public SaslStep Respond(ReadOnlySpan<byte> response)
    {
        Expect(_last is SaslStep.Challenge);
        return _last = Take(response);
    }

    /// <summary>Begins with the initial response as it stands in a command: base 64, or "=" for one of no octets (RFC 4954 §4, RFC 5034 §4), or nothing for none.</summary>
    public SaslStep StartEncoded(ReadOnlySpan<byte> initial) =>
        initial.IsEmpty || initial.SequenceEqual("="u8) ? Start(default, hasInitial: !initial.IsEmpty) : Decode(initial, isInitial: true);

    /// <summary>The client's answer in base 64.</summary>
    public SaslStep RespondEncoded(ReadOnlySpan<byte> response) => Decode(response, isInitial: false);

    /// <summary>Answers <see cref="SaslStep.FindKeys"/>.</summary>
    public SaslStep KeysFound(ScramKeys keys)
    {
        Expect(_last is SaslStep.FindKeys);
        return _last = OnKeys(keys);
    }

    /// <summary>The shell has judged the client, and it may sign in.</summary>
    public SaslStep Accepted()
    {
        Expect(IsJudgement);
        return _last = OnAccepted();
    }

    /// <summary>It may not.</summary>
    public SaslStep Refused()
    {
        Expect(IsJudgement);
        return _last = OnRefused();
    }

    private bool IsJudgement => _last is SaslStep.CheckPassword or SaslStep.SignIn or SaslStep.CheckToken;

    /// <summary>What is said to a client that sent no initial response.</summary>
    protected virtual SaslStep Prompt => SaslStep.Challenge.Empty;

    /// <summary>The client's next response, of at most <see cref="MaxResponse"/> octets.</summary>
    protected abstract SaslStep OnResponse(ReadOnlySpan<byte> response);

    protected virtual SaslStep OnKeys(ScramKeys keys) => throw new InvalidOperationException("this mechanism asks for no keys");

    protected virtual SaslStep OnAccepted() => SaslStep.Done.Instance;

    protected virtual SaslStep OnRefused() => SaslStep.Failed.Credentials;

    /// <summary>UTF-8 of at least one octet, without control characters; null for anything else.</summary>
    protected static string? Text(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty || octets.ContainsAnyInRange((byte)0, (byte)31) || octets.Contains((byte)127) || !Utf8.IsValid(octets)) return null;
        return Encoding.UTF8.GetString(octets);
    }

    /// <summary>Whether a client that is <paramref name="name"/> may act as <paramref name="authorization"/>: as itself alone (RFC 4422 §2).</summary>
    protected static bool MayActAs(string name, string authorization) => authorization.Length == 0 || authorization.Equals(name, StringComparison.OrdinalIgnoreCase);

    private SaslStep Decode(ReadOnlySpan<byte> text, bool isInitial)
    {
        byte[] octets = ArrayPool<byte>.Shared.Rent(Math.Max(1, text.Length));
        try
        {
            if (!SaslBase64.TryDecode(text, octets, out int length)) return _last = SaslStep.Failed.Malformed;
            return isInitial ? Start(octets.AsSpan(0, length), hasInitial: true) : Respond(octets.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets, clearArray: true); // a password may be in it
        }
    }

    private SaslStep Take(ReadOnlySpan<byte> response) => response.Length > MaxResponse ? SaslStep.Failed.Malformed : OnResponse(response);

    private static void Expect(bool isExpected)
    {
        if (!isExpected) throw new InvalidOperationException("the exchange does not wait for this");
    }
}
