using Microsoft.Extensions.Logging;
using Mta.Accounts;
using Mta.Mail;
using Mta.Mailbox;
using Mta.Spool;

namespace Mta.LocalDelivery;

/// <summary>What local deliveries need.</summary>
/// <param name="Partitions">Of the queue: what is forwarded goes to the one with its id modulo this.</param>
public sealed record LocalDeliveryContext(IDirectory Directory, MailboxClient Mailboxes, ISpool Spool, int Partitions, MessageIdSource Ids, TimeProvider Clock, ILogger Log);
