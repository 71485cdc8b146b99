namespace Mta.Load.Report;
public static class HtmlReport { public static string Write(LoadResult result, LoadResult? old) => result.ToJson() + old?.ToJson(); }
