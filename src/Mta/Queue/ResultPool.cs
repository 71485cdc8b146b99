using System.Runtime.InteropServices;
using Mta.Mail;

namespace Mta.Queue;

/// <summary>
/// The last results of messages that wait, each kept once: what a host says of one recipient it mostly says of thousands. A result stays for as
/// long as it is used.
/// </summary>
internal sealed class ResultPool
{
    private readonly List<(DeliveryResult? Result, int Uses)> _results = [];
    private readonly Dictionary<DeliveryResult, int> _numbers = [];
    private readonly Stack<int> _free = [];

    /// <summary>Different results that are used.</summary>
    public int Count => _numbers.Count;

    public DeliveryResult this[int number] => _results[number].Result!;

    /// <summary>One more use; returns the result's number.</summary>
    public int Add(DeliveryResult result)
    {
        ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, result, out bool isKnown);
        if (isKnown)
        {
            CollectionsMarshal.AsSpan(_results)[number].Uses++;
            return number;
        }
        if (_free.TryPop(out number)) _results[number] = (result, 1);
        else
        {
            number = _results.Count;
            _results.Add((result, 1));
        }
        return number;
    }

    /// <summary>One use less.</summary>
    public void Release(int number)
    {
        ref var entry = ref CollectionsMarshal.AsSpan(_results)[number];
        if (--entry.Uses > 0) return;
        _numbers.Remove(entry.Result!);
        entry = default;
        _free.Push(number);
    }
}
