namespace Mta.Protocol.Addresses;

/// <summary>A reverse-path or forward-path without its source route (RFC 5321 §4.1.2).</summary>
/// <param name="Address"><c>local@domain</c>, quoted only where it must be; empty for the null reverse-path.</param>
/// <param name="Domain">The destination's key: what follows the @, lower case, in A-labels or an address literal; empty without a domain.</param>
public sealed record MailPath(string Address, string Domain)
{
    /// <summary>The null reverse-path <c>&lt;&gt;</c> (RFC 5321 §4.5.5).</summary>
    public static MailPath Null { get; } = new("", "");
}

/// <summary>What is wrong with a path.</summary>
public enum AddressError : byte
{
    None,

    /// <summary>It is not written as RFC 5321 §4.1.2 says.</summary>
    Syntax,

    /// <summary>Longer than RFC 5321 §4.5.3.1 allows.</summary>
    TooLong,

    /// <summary>It is no domain name: empty or long labels, a number in place of the top-level domain, U-labels that IDNA forbids.</summary>
    Domain,
}
