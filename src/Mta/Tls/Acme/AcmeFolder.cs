namespace Mta.Tls.Acme;

/// <summary>What we keep of one authority: a folder for each, so that a change of the directory orders everything there anew.</summary>
internal sealed class AcmeFolder(string tlsFolder, Uri directory)
{
    private readonly string _folder = Path.Combine(tlsFolder, "acme", directory.Authority.Replace(':', '_').ToLowerInvariant());

    /// <summary>The account's key.</summary>
    public string Account => Path.Combine(_folder, "account.pem");

    /// <summary>Key, certificate and chain in one file, so that they change together. A host name holds nothing that a path could be made of.</summary>
    public string Certificate(string host) => Path.Combine(_folder, host + ".pem");
}
