using System.Buffers;
using System.Text;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;

namespace Mta.Protocol.Tests.SmtpClient;

/// <summary>Drives a session by hand: what the server says goes in, in pieces of a given size; what the client says comes out.</summary>
internal sealed class SmtpDialogue(SmtpClientOptions? options = null, int piece = int.MaxValue)
{
    public static readonly SmtpClientOptions Plain = new("client.example", StartTlsUse.Never, null, Chunking: true);
    private readonly ArrayBufferWriter<byte> _output = new();

    public SmtpClientSession Session { get; } = new(options ?? Plain);
    public SmtpClientStep Step { get; private set; } = SmtpClientStep.Read;
    public string Body { get; set; } = "Subject: x\r\n\r\n.hi\r\n";

    /// <summary>What the client wrote since the last call, lines separated by |.</summary>
    public string Said()
    {
        string text = Encoding.UTF8.GetString(_output.WrittenSpan).Replace("\r\n", "|", StringComparison.Ordinal);
        _output.Clear();
        return text;
    }

    /// <summary>The server says these lines; returns what the client answers.</summary>
    public string Server(params string[] lines)
    {
        Receive(string.Concat(lines.Select(l => l + "\r\n")));
        return Said();
    }

    public void Receive(string wire)
    {
        foreach (byte[] octets in Encoding.UTF8.GetBytes(wire).Chunk(piece))
        {
            Step = Session.Receive(octets, _output);
            SendBodyIfDue();
        }
    }

    public string Begin(OutgoingTransaction transaction)
    {
        Step = Session.Begin(transaction, _output);
        SendBodyIfDue();
        return Said();
    }

    public string Quit()
    {
        Step = Session.Quit(_output);
        return Said();
    }

    public string TlsEstablished()
    {
        Step = Session.TlsEstablished(_output);
        return Said();
    }

    public void Lost() => Step = Session.Abort(new(451, new(4, 4, 2), "lost"));

    /// <summary>Greeting and EHLO; the session is ready.</summary>
    public SmtpDialogue Ready(params string[] capabilities)
    {
        Server("220 mx.example ESMTP");
        string[] lines = ["mx.example", .. capabilities];
        Server([.. lines.Select((l, i) => (i < lines.Length - 1 ? "250-" : "250 ") + l)]);
        Assert.Equal(SmtpClientStep.Ready, Step);
        return this;
    }

    public static OutgoingTransaction Transaction(params string[] recipients) => new()
    {
        ReversePath = Path("from@a.example"),
        Recipients = [.. recipients.Select(r => new OutgoingRecipient(Path(r), RcptParameters.None))],
        Parameters = MailParameters.None,
        Length = 19,
        IsBodyAtHand = true,
    };

    public static SmtpPath Path(string address) =>
        SmtpPath.TryCreate(address, allowUtf8: true, out var path) ? path : throw new ArgumentException(address);

    private void SendBodyIfDue()
    {
        if (Step != SmtpClientStep.SendBody) return;
        var stuffer = new DotStuffer(Session.Form == BodyForm.Data);
        Assert.True(stuffer.Write(Encoding.UTF8.GetBytes(Body), _output) && stuffer.Finish(_output));
        Step = Session.BodySent(_output);
    }
}
