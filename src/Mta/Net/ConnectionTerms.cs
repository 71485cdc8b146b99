using System.Net.Security;
using Microsoft.Extensions.Logging;

namespace Mta.Net;

/// <summary>What holds for every connection of a listener, whatever is spoken there.</summary>
/// <param name="Tls">Chooses the certificate of a handshake; null where there is no TLS.</param>
/// <param name="Handshake">The longest for a TLS handshake, and for a PROXY header.</param>
/// <param name="Session">The longest for a whole connection; infinite for any.</param>
/// <param name="Linger">The longest that a client may take to close after our last line.</param>
/// <param name="Answer">The longest that the accounts, or whoever else is asked, may take; the client's time does not run meanwhile.</param>
internal sealed record ConnectionTerms(
    TimeProvider Clock, ILogger Log, ServerOptionsSelectionCallback? Tls, TimeSpan Handshake, TimeSpan Session, TimeSpan Linger, TimeSpan Answer);
