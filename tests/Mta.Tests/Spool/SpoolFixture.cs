using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Mta.Config;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Spool;

namespace Mta.Tests.Spool;

/// <summary>What the tests of the spool have in common.</summary>
internal static class SpoolFixture
{
    public static SpoolSettings Settings(string overrides = "")
    {
        using var stream = typeof(FileSpool).Assembly.GetManifestResourceStream("hocon/reference.conf")!;
        using var reader = new StreamReader(stream);
        var reference = ConfigurationFactory.ParseString(reader.ReadToEnd()).GetConfig("mta.spool");
        return SpoolSettings.From(new(ConfigurationFactory.ParseString(overrides).WithFallback(reference), "mta.spool"));
    }

    public static Envelope Envelope(ulong id, int recipients = 1) => new()
    {
        Id = new(id),
        ReversePath = "sender@example.com",
        Recipients = [.. Enumerable.Range(0, recipients).Select(i => new Recipient($"r{i}@example.net", "example.net", RcptParameters.None))],
        ReceivedAt = DateTimeOffset.UnixEpoch.AddDays(20000),
        Size = 0,
    };

    /// <summary>A body that only this message has, so that a wrong octet shows.</summary>
    public static byte[] Body(ulong id, int length)
    {
        byte[] body = new byte[length];
        new Random((int)id).NextBytes(body);
        return body;
    }

    public static MessageWriter Write(this ISpool spool, ReadOnlySpan<byte> body)
    {
        var writer = spool.BeginMessage();
        while (body.Length > 0)
        {
            var span = writer.GetSpan();
            int count = Math.Min(span.Length, body.Length);
            body[..count].CopyTo(span);
            writer.Advance(count);
            body = body[count..];
        }
        return writer;
    }

    public static void Store(this ISpool spool, int queue, ulong id, int length, IActorRef storer) =>
        spool.Store(queue, Envelope(id), spool.Write(Body(id, length)), storer);

    public static byte[] ReadAll(this StoredBody body)
    {
        using var lease = body.Open();
        byte[] bytes = new byte[lease.Length];
        int at = 0;
        while (lease.Read(at, bytes.AsSpan(at, Math.Min(5000, bytes.Length - at))) is > 0 and var read) at += read;
        Assert.Equal(bytes.Length, at);
        return bytes;
    }
}
