// A test here is several programs already: one at a time is what a small machine can do.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
// the peers are Unix programs
[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
