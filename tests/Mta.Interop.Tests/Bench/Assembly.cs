// A test here is several programs already, most of the time waiting for one another: two at a time keep a small machine busy.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
// the peers are Unix programs
[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
