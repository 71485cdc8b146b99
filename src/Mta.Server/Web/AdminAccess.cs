using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Mta.Server.Web;

/// <summary>
/// How the commands reach a running node: a socket and a token, both in the data folder, readable by their owner alone. Whoever can read
/// that folder can read the mail, so the token opens nothing that was shut.
/// </summary>
internal sealed class AdminAccess(string dataDir)
{
    // sockaddr_un.sun_path holds 108 octets with the final zero
    private const int MaxSocketPath = 107;

    /// <summary>The Unix socket of the admin API, or null where the data folder's path is too long for one.</summary>
    public string? SocketPath { get; } = Path.Combine(Path.GetFullPath(dataDir), "admin.sock") is var path && Encoding.UTF8.GetByteCount(path) <= MaxSocketPath ? path : null;

    private string TokenPath { get; } = Path.Combine(dataDir, "admin.token");

    /// <summary>The token; made at the first start, and again where a power cut has left a file with nothing in it.</summary>
    public string ReadOrCreateToken()
    {
        if (File.Exists(TokenPath) && File.ReadAllBytes(TokenPath).AsSpan().ContainsAnyExcept((byte)0)) return ReadToken();
        File.Delete(TokenPath);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(TokenPath, options))
            file.Write(Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(64, lowercase: true)));
        return ReadToken();
    }

    /// <summary>Throws <see cref="IOException"/> where no node was ever started with this data folder.</summary>
    public string ReadToken() => File.ReadAllText(TokenPath).Trim() is { Length: >= 32 } token ? token : throw new IOException($"{TokenPath} holds no token");

    /// <summary>True for the right token, in a time that tells nothing.</summary>
    public static bool Matches(string token, string? authorization) =>
        authorization is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes("Bearer " + token), Encoding.UTF8.GetBytes(authorization));

    /// <summary>Makes way for the socket: a file left by a crash is removed.</summary>
    public void RemoveStaleSocket()
    {
        if (SocketPath is not null) File.Delete(SocketPath);
    }

    /// <summary>A client that speaks to the node of this data folder.</summary>
    public HttpClient Connect(string? url)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        if (url is null)
        {
            string socket = SocketPath ?? throw new IOException("the data folder's path is too long for a socket: give --url");
            handler.ConnectCallback = async (_, cancel) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancel).ConfigureAwait(false);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            };
        }
        var client = new HttpClient(handler) { BaseAddress = new Uri(url ?? "http://mta.localhost"), Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", ReadToken());
        return client;
    }
}
