using Mta.Mailbox;

namespace Mta.Server.MailFiles;

/// <summary>A message in files.</summary>
/// <param name="Origin">Where it is, for people.</param>
/// <param name="CopyTo">Writes its octets; once, before the next message is asked for. Throws <see cref="IOException"/>.</param>
internal sealed record SourceMessage(string Origin, MailFlags Flags, IReadOnlyList<string> Keywords, DateTimeOffset ReceivedAt, Action<Stream> CopyTo);

/// <summary>A mailbox in files.</summary>
/// <param name="Name">With / between its levels; empty for what lies at the root.</param>
/// <param name="Origin">Its file or folder.</param>
/// <param name="Messages">In their order; read when they are asked for. Throws <see cref="IOException"/>.</param>
internal sealed record SourceMailbox(string Name, string Origin, IEnumerable<SourceMessage> Messages);

/// <summary>Mail in files, and which of its mailboxes are subscribed to; null where nothing says so.</summary>
internal sealed record MailSource(IReadOnlyList<SourceMailbox> Mailboxes, IReadOnlySet<string>? Subscribed);
