using System.Globalization;
using System.Text;

namespace Mta.Interop.Tests.Crash;

/// <summary>Messages that can be made again from their number alone: most are small, some fill a segment, some get a file of their own.</summary>
internal static class NumberedMail
{
    /// <summary>A body above this has a file of its own in <see cref="CrashCampaign"/>'s configuration.</summary>
    public const int LargeBody = 64 * 1024;

    public static string Recipient(int number) => string.Create(CultureInfo.InvariantCulture, $"r{number}@dst.test");

    public static int Number(string recipient) => int.Parse(recipient.AsSpan(1, recipient.IndexOf('@', StringComparison.Ordinal) - 1), CultureInfo.InvariantCulture);

    public static byte[] Create(int number)
    {
        int size = number % 40 == 7 ? LargeBody * 3 / 2 : number % 5 == 3 ? 20_000 : 100 + number % 400;
        var text = new StringBuilder(size + 200).Append(CultureInfo.InvariantCulture, $"Subject: {number}\r\n\r\n");
        for (int line = number; text.Length < size; line++) text.Append(CultureInfo.InvariantCulture, $".{line} {new string((char)('a' + line % 26), line % 70)}\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>The whole transaction in one piece: all replies but the last are known before, so the server has one thing to say, after the commit.</summary>
    public static byte[] Transaction(int number)
    {
        byte[] message = Create(number);
        return [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"MAIL FROM:<load@src.test>\r\nRCPT TO:<{Recipient(number)}>\r\nBDAT {message.Length} LAST\r\n")), .. message];
    }
}
