namespace Mta.Protocol.Imap;

/// <summary>The commands there are. Those with a UID form are one verb with it.</summary>
public enum ImapVerb : byte
{
    Capability, Noop, Logout, Id,
    StartTls, Authenticate, Login,
    Enable, Unauthenticate, Select, Examine, Create, Delete, Rename, Subscribe, Unsubscribe, List, Lsub, Namespace, Status, Append, Idle, Compress, Notify,
    GetQuota, GetQuotaRoot, SetQuota,
    GetMetadata, SetMetadata,
    GetAcl, SetAcl, DeleteAcl, ListRights, MyRights,
    Check, Close, Unselect, Expunge, Search, Sort, Thread, Fetch, Store, Copy, Move, Replace,
}
