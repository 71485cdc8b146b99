using System.Text;
using System.Text.Unicode;

namespace Mta.Protocol.Sasl;

/// <summary>LOGIN, which no RFC describes (draft-murchison-sasl-login is as near as it gets) and old clients know alone: the name, then the password.</summary>
public sealed class LoginExchange : SaslExchange
{
    // what clients were seen to look for
    private static readonly SaslStep AskName = new SaslStep.Challenge("Username:"u8.ToArray());
    private static readonly SaslStep AskPassword = new SaslStep.Challenge("Password:"u8.ToArray());

    private string? _name;

    protected override SaslStep Prompt => AskName;

    protected override SaslStep OnResponse(ReadOnlySpan<byte> response)
    {
        if (_name is null) return (_name = Text(response)) is null ? SaslStep.Failed.Malformed : AskPassword;
        return response.IsEmpty || response.Contains((byte)0) || !Utf8.IsValid(response)
            ? SaslStep.Failed.Malformed
            : new SaslStep.CheckPassword(_name, Encoding.UTF8.GetString(response));
    }
}
