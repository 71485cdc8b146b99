namespace Mta.Domains;

/// <summary>An operator's word that nothing is to be sent to a domain. Its mail is accepted and kept; while it waits for that reason alone it does not expire.</summary>
/// <param name="Domain">Lower case, A-labels.</param>
/// <param name="Until">When it ends by itself, or null.</param>
/// <param name="Reason">For those who ask why; may be empty.</param>
public sealed record DomainSuspension(string Domain, DateTimeOffset Since, DateTimeOffset? Until, string Reason);
