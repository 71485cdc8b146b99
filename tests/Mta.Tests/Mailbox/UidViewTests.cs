using CsCheck;
using Mta.Mailbox;

namespace Mta.Tests.Mailbox;

public sealed class UidViewTests
{
    [Fact]
    public void It_is_a_sorted_list_of_UIDs()
    {
        // what is added (a gap, how many) and what is taken out (a run), in turn
        var step = Gen.Select(Gen.Bool, Gen.UInt[1, 5], Gen.UInt[1, 8], Gen.UInt[1, 60]);
        step.List[0, 40].Sample(steps =>
        {
            var view = new UidView([]);
            var model = new List<uint>();
            uint next = 1;
            foreach (var (adds, gap, count, from) in steps)
            {
                if (adds)
                {
                    var run = new UidRun(next + gap, next + gap + count - 1);
                    next = run.Last + 1;
                    view.Add(run);
                    for (uint uid = run.First; uid <= run.Last; uid++) model.Add(uid);
                }
                else
                {
                    var gone = new UidRun(from, from + count - 1);
                    var removed = view.Remove([gone], out var numbers);
                    var expected = model.Where(gone.Contains).ToList();
                    Assert.Equal(expected, removed.SelectMany(r => Enumerable.Range((int)r.First, (int)r.Count).Select(n => (uint)n)));
                    // told one after the other, as EXPUNGE is, they take out the same messages
                    var told = model.ToList();
                    foreach (var (run, number) in removed.Zip(numbers))
                        for (long left = run.Count; left > 0; left--) told.RemoveAt(number - 1);
                    model.RemoveAll(gone.Contains);
                    Assert.Equal(model, told);
                }
                Check(view, model);
            }
        });
    }

    private static void Check(UidView view, List<uint> model)
    {
        Assert.Equal(model.Count, view.Count);
        Assert.Equal(model.Count == 0 ? 0 : model[^1], view.Last);
        for (int i = 0; i < model.Count; i++) Assert.Equal(model[i], view.UidAt(i + 1));
        for (uint uid = 0; uid < 70; uid++) Assert.Equal(model.IndexOf(uid) + 1, view.SequenceOf(uid));
        // as few runs as there can be
        for (int i = 1; i < view.Runs.Count; i++) Assert.True(view.Runs[i].First > view.Runs[i - 1].Last + 1);
    }
}
