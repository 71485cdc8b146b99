namespace Mta.Interop.Tests.Bench;

/// <summary>Sends the messages of <see cref="SampleMail"/>, and compares what arrived.</summary>
internal static class Senders
{
    private const int Connections = 4;

    /// <summary>Messages 0 to <paramref name="count"/> - 1, each to the recipient of its number, over a few connections at once.</summary>
    public static Task SendSamples(int port, int count) => Task.WhenAll(Enumerable.Range(0, Connections).Select(async first =>
    {
        using var client = await WireClient.Connect(port);
        for (int number = first; number < count; number += Connections)
            await client.SendData("alice@src.test", [$"r{number}@dst.test"], SampleMail.Create(number), "BODY=8BITMIME");
        await client.Command("QUIT");
    }));

    /// <summary>Each came once, and unchanged, and for whom it was sent.</summary>
    public static void CheckSamples(RecordingSink sink, int count)
    {
        Assert.All(sink.Messages, m => Assert.Equal([$"r{SampleMail.Check(m)}@dst.test"], m.Recipients));
        Assert.Equal(count, sink.Recipients.Distinct().Count());
        Assert.Equal(count, sink.Messages.Count);
    }
}
