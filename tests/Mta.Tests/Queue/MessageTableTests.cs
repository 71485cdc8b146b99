using System.Text;
using CsCheck;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Queue;
using Mta.Spool;

namespace Mta.Tests.Queue;

/// <summary>Messages that wait: packed, found, and gone through in steps.</summary>
public sealed class MessageTableTests
{
    private static readonly DeliveryResult[] Results =
    [
        new DeliveryResult.Deferred(SmtpReply.Parse("451 4.3.0 later"), "mx1.test"),
        new DeliveryResult.Deferred(SmtpReply.Parse("451 4.3.0 later"), "mx2.test"),
        new DeliveryResult.Failed(SmtpReply.Parse("550 5.1.1 no"), "mx1.test"),
    ];

    private static readonly Gen<RecipientState> AnyState =
        from status in Gen.Enum<RecipientStatus>()
        from attempts in Gen.UShort
        from due in Gen.Long[0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()]
        from last in Gen.Int[-1, Results.Length - 1]
        select new RecipientState
        {
            Status = status,
            Attempts = attempts,
            Due = DateTimeOffset.FromUnixTimeMilliseconds(due),
            Last = last < 0 ? null : Results[last],
        };

    private static readonly Gen<QueuedMessage> AnyMessage =
        from id in Gen.ULong
        from states in AnyState.Array[1, 60]
        from priority in Gen.Int[-9, 9]
        from segment in Gen.Long[0, long.MaxValue]
        from offset in Gen.Long[-1, long.MaxValue - 1]
        from flags in Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool)
        select Message(id, states, priority, new(segment, offset, 4096), flags);

    [Fact]
    public void A_packed_message_is_what_it_was() => AnyMessage.Sample(message =>
    {
        var results = new ResultPool();
        byte[] packed = PackedMessage.Pack(message, results);

        var again = PackedMessage.Unpack(message.Id, packed, results);
        Assert.Equal(message.EncodedEnvelope.ToArray(), again.EncodedEnvelope.ToArray());
        Assert.Equal(message.Envelope.Recipients.AsEnumerable(), again.Envelope.Recipients);
        Assert.Equal(message.Recipients, again.Recipients);
        Assert.Equal((message.Location, message.Priority), (again.Location, again.Priority));
        Assert.Equal((message.Held, message.DelayNotified, message.Journaled), (again.Held, again.DelayNotified, again.Journaled));
        Assert.Equal(message.Location, PackedMessage.Location(packed));
        (DateTimeOffset, sbyte)? due = message is { Held: false, NextDue: { } next } ? (next, message.Priority) : null;
        Assert.Equal(due, PackedMessage.NextDue(packed));
        PackedMessage.Release(packed, results);
        Assert.Equal(0, results.Count);
    });

    [Fact]
    public void Whoever_goes_through_in_steps_meets_each_message_once_whatever_comes_and_goes() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 50]).Array[0, 4000].Sample(history =>
        {
            var table = new MessageTable();
            var present = new HashSet<ulong>();
            ulong last = 0;
            MessageTable.Cursor? cursor = null;
            long end = 0;
            HashSet<ulong> toMeet = [], met = [];
            foreach (var (step, which) in history)
                switch (step)
                {
                    case 0 or 1 or 2:
                        table.Add(Message(++last, [default], 0, default, default));
                        present.Add(last);
                        break;
                    case 3 when present.Contains(last - (ulong)which):
                        table.Remove(new(last - (ulong)which));
                        present.Remove(last - (ulong)which);
                        break;
                    case 4 when table.Find(new(last - (ulong)which)) is { } message:
                        table.Pack(message);
                        Assert.NotSame(message, table.Find(message.Id));
                        break;
                    case 5:
                        if (cursor is null) (cursor, end, toMeet, met) = (new(), table.LastArrival, [.. present], []);
                        foreach (var message in table.Walk(cursor, end, which, [])) Assert.True(met.Add(message.Id.Value));
                        if (cursor.Arrival < end) break;
                        Assert.Subset(toMeet, met);
                        Assert.Subset(met, toMeet.Intersect(present).ToHashSet());
                        cursor = null;
                        break;
                }
            Assert.Equal(present.Order(), table.Walk(new(), long.MaxValue, int.MaxValue, []).Select(m => m.Id.Value));
            Assert.Equal(present.Count, table.Count);
        }, iter: 100);

    private static readonly string?[] Texts =
    [
        null, "<>", "", "a@src.test", "A@SRC.test", "x@dst.test", "y@sub.dst.test", "dst.test", "DST.TEST", "sub.dst.test", "bücher.test", "BÜCHER.test",
        "xn--bcher-kva.test",
    ];

    private static readonly Gen<string?> AnyText = Gen.Int[0, Texts.Length - 1].Select(i => Texts[i]);

    [Fact]
    public void A_message_matches_by_its_stored_form_as_by_itself() =>
        Gen.Select(AnyText, AnyText, AnyText, Gen.Int[0, 4], Gen.Int[0, 3]).Sample((sender, recipient, domain, from, to) =>
        {
            string[] senders = ["", "a@src.test", "b@src.test", "A@src.test", "bücher@src.test"];
            (string Address, string Domain)[] recipients =
                [("X@dst.test", "dst.test"), ("y@Sub.Dst.test", "sub.dst.test"), ("z@bücher.test", "xn--bcher-kva.test"), ("é@dst.test", "dst.test")];
            var envelope = Envelope(1, senders[from], [recipients[to], recipients[(to + 1) % 4]]);
            var filter = new QueueFilter(null, sender, recipient, domain);
            int[] expected =
            [
                .. Enumerable.Range(0, 2).Where(i =>
                    (sender is null || Same(envelope.ReversePath, sender == "<>" ? "" : sender))
                    && (recipient is null || Same(envelope.Recipients[i].Address, recipient))
                    && (domain is null || Same(envelope.Recipients[i].Domain, domain)))
            ];
            var message = new QueuedMessage(envelope, default);
            Assert.Equal(expected, QueueReport.Matching(message, filter));
            if (expected.Length > 0) Assert.True(PackedMessage.Mentions(PackedMessage.Pack(message, new()), filter.Mentions()));

            static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
        });

    [Fact]
    public void A_text_is_found_wherever_it_stands_and_nowhere_else() =>
        Gen.Select(Gen.String[Gen.Char["aAbB@."], 0, 40], Gen.String[Gen.Char["ab@."], 0, 4]).Sample((text, wanted) => Assert.Equal(
            text.Contains(wanted, StringComparison.OrdinalIgnoreCase), PackedMessage.Mentions(Encoding.ASCII.GetBytes(text), Encoding.ASCII.GetBytes(wanted))));

    private static QueuedMessage Message(ulong id, RecipientState[] states, int priority, BodyLocation location, (bool, bool, bool) flags)
    {
        var envelope = Envelope(id, "a@src.test", [.. states.Select((_, i) => ($"r{i}@d{i}.test", $"d{i}.test"))]);
        var message = new QueuedMessage(envelope with { Parameters = new() { Priority = priority } }, location);
        states.CopyTo(message.Recipients, 0);
        (message.Held, message.DelayNotified, message.Journaled) = flags;
        return message;
    }

    private static Envelope Envelope(ulong id, string sender, (string Address, string Domain)[] recipients) => new()
    {
        Id = new(id),
        ReversePath = sender,
        ReceivedAt = DateTimeOffset.UnixEpoch,
        Size = 100,
        Recipients = [.. recipients.Select(r => new Recipient(r.Address, r.Domain, RcptParameters.None))],
    };
}
