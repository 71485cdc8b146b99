using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Mta.Protocol.Smtp;

namespace Mta.Tests;

/// <summary>
/// The direction of knowledge: a message travels from left to right, and a folder knows those to its right, mostly by what they say in
/// their protocol; answers go back as messages. What is not listed here is not allowed.
/// </summary>
public sealed class ArchitectureTests
{
    private static readonly Architecture Code = new ArchLoader().LoadAssemblies(typeof(MtaNode).Assembly, typeof(SmtpReply).Assembly).Build();

    private static readonly Dictionary<string, string[]> Knows = new()
    {
        ["Mail"] = [],
        ["Actors"] = [],
        ["Config"] = [],
        ["Storage"] = [],
        ["Accounts"] = ["Storage", "Config"],
        ["Net"] = ["Config"],
        ["Tls"] = ["Config"],
        ["Dns"] = ["Config"],
        ["Spool"] = ["Mail", "Config"],
        ["Mailbox"] = ["Accounts", "Storage", "Actors", "Mail"],
        ["Imap"] = ["Net", "Accounts", "Mailbox", "Config"],
        ["LocalDelivery"] = ["Delivery", "Mailbox", "Accounts", "Spool", "Mail"],
        ["Smtp"] = ["Net", "Accounts", "Spool", "Mail", "Config"],
        ["Pop3"] = ["Net", "Mailbox", "Accounts", "Config"],
        ["Queue"] = ["Spool", "Storage", "Mail", "Config"],
        ["Domains"] = ["Delivery", "LocalDelivery", "Dns", "Actors", "Mail", "Config"],
        ["Delivery"] = ["Spool", "Net", "Mail", "Config"],
    };

    // What is known of a folder to which there is no arrow: the words of its protocol alone.
    private static readonly Dictionary<(string From, string To), string[]> Words = new()
    {
        [("Queue", "Domains")] = ["DomainProtocol", "DeliveryJob", "DomainStatus", "DomainSuspension"],
        [("Domains", "Queue")] = ["QueueProtocol", "RecipientResult"],
        [("Delivery", "Queue")] = ["QueueProtocol", "RecipientResult"],
        [("Delivery", "Domains")] = ["DeliveryJob"],
        [("LocalDelivery", "Queue")] = ["RecipientResult"],
        [("LocalDelivery", "Domains")] = ["DomainProtocol", "DeliveryJob"],
        [("Domains", "Spool")] = ["StoredBody", "StableStorage"],
        [("Tls", "Spool")] = ["StableStorage"],
    };

    [Fact]
    public void Knowledge_goes_one_way()
    {
        var wrong = from type in Code.Types
                    let folder = Folder(type)
                    where folder is not null
                    from dependency in type.Dependencies
                    let target = Folder(dependency.Target)
                    where target is not null && target != folder && !IsAllowed(folder, target, dependency.Target)
                    select $"{type.FullName} knows {dependency.Target.FullName}";
        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public void The_protocol_library_knows_nothing_but_the_base_class_library()
    {
        var references = typeof(SmtpReply).Assembly.GetReferencedAssemblies().Select(r => r.Name!);
        Assert.All(references, name => Assert.StartsWith("System.", name, StringComparison.Ordinal));
    }

    private static bool IsAllowed(string from, string to, IType target) =>
        Knows.TryGetValue(from, out var known) && known.Contains(to)
        || Words.TryGetValue((from, to), out var words) && words.Any(w => target.FullName.Contains("." + w, StringComparison.Ordinal));

    // Mta.Queue.Notifications.X is of the folder Queue; what stands in Mta itself wires everything
    private static string? Folder(IType type) =>
        type.FullName.StartsWith("Mta.", StringComparison.Ordinal) && type.Namespace.FullName.Split('.') is ["Mta", var folder, ..] && folder != "Protocol" ? folder : null;
}
