namespace Mta.Mailbox;

/// <summary>A message that is to go into a mailbox.</summary>
/// <param name="Trace">Header fields that go before the body, for this account alone: Return-Path, Delivered-To.</param>
/// <param name="Flags">System flags.</param>
/// <param name="ReceivedAt">INTERNALDATE; null for now.</param>
public sealed record NewMessage(StagedBody Body, byte[] Trace, MailFlags Flags, IReadOnlyList<string> Keywords, DateTimeOffset? ReceivedAt)
{
    public NewMessage(StagedBody body) : this(body, [], MailFlags.None, [], null) { }
}

/// <summary>Where it went: [APPENDUID] (RFC 4315 §3).</summary>
public sealed record AppendedMessage(long MailboxId, uint UidValidity, uint Uid);
