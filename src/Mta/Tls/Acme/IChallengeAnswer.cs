namespace Mta.Tls.Acme;

/// <summary>Answers the authority's questions about one name, from when it was made until it is disposed.</summary>
internal interface IChallengeAnswer : IAsyncDisposable
{
    /// <summary>How many questions got the right answer so far: what to look at when the authority says that nobody answered.</summary>
    int Answered { get; }
}
