using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Dispatch;
using Akka.Event;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Mta;

/// <summary>Hands the actor system's own log to the program's.</summary>
public sealed class AkkaLog : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly ILoggerFactory _factory;

    /// <summary>Gives the actor system the factory that <see cref="AkkaLog"/> writes to.</summary>
    public sealed class To(ILoggerFactory factory) : Setup
    {
        public ILoggerFactory Factory { get; } = factory;
    }

    public AkkaLog()
    {
        _factory = Context.System.Settings.Setup.Get<To>() is { HasValue: true, Value: { } to } ? to.Factory : LoggerFactory.Create(_ => { });
        Receive<LogEvent>(e => Logger(e).Log(Level(e), e.Cause, "{Message}", e.Message));
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
    }

    private ILogger Logger(LogEvent e) => _factory.CreateLogger(e.LogClass.FullName ?? e.LogSource);

    private static LogLevel Level(LogEvent e) => e.LogLevel() switch
    {
        Akka.Event.LogLevel.ErrorLevel => LogLevel.Error,
        Akka.Event.LogLevel.WarningLevel => LogLevel.Warning,
        Akka.Event.LogLevel.InfoLevel => LogLevel.Debug, // the actor system's information is our detail
        _ => LogLevel.Trace,
    };
}
