namespace Mta.Tls.Acme;

// The authority's objects (RFC 8555 §7.1), as far as we look at them. A member that must be there and is not is an error when it is read.

/// <summary>RFC 8555 §7.1.1</summary>
internal sealed record AcmeDirectory(Uri NewNonce, Uri NewAccount, Uri NewOrder);

/// <summary>RFC 8555 §7.1.3</summary>
internal sealed record AcmeOrder(string Status, Uri[] Authorizations, Uri Finalize, Uri? Certificate = null, AcmeProblem? Error = null);

/// <summary>RFC 8555 §7.1.4</summary>
internal sealed record AcmeAuthorization(string Status, AcmeIdentifier Identifier, AcmeChallenge[] Challenges);

/// <summary>RFC 8555 §9.7.7</summary>
internal sealed record AcmeIdentifier(string Type, string Value);

/// <summary>RFC 8555 §8</summary>
internal sealed record AcmeChallenge(string Type, Uri Url, string Status, string? Token = null, AcmeProblem? Error = null);
