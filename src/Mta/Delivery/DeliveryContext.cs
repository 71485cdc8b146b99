using Microsoft.Extensions.Logging;
using Mta.Config;

namespace Mta.Delivery;

/// <summary>What every connection needs.</summary>
/// <param name="HostName">Our name in EHLO.</param>
public sealed record DeliveryContext(Live<DeliverySettings> Settings, string HostName, TimeProvider Clock, ILogger Logger);
