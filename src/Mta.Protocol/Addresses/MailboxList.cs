using System.Buffers;
using System.Text;

namespace Mta.Protocol.Addresses;

/// <summary>
/// Reads the addresses out of a From or Sender field (RFC 5322 §3.4, RFC 6532 §3.2; groups as RFC 6854 allows them). For one who has to judge whose they are,
/// so what could be read in two ways is an error. Takes time in proportion to the length, and no memory but the addresses.
/// </summary>
public static class MailboxList
{
    /// <summary>False for what is no such list, or holds more than <paramref name="most"/> mailboxes.</summary>
    /// <param name="value">What follows the colon, folds included.</param>
    public static bool TryParse(string value, int most, out List<MailPath> mailboxes)
    {
        mailboxes = [];
        var reader = new Reader(value);
        bool inGroup = false;
        while (reader.SkipComments())
        {
            if (reader.IsAtEnd) return !inGroup;
            if (reader.Take(',')) continue; // RFC 5322 §4.4: an element of nothing is obsolete, and still read
            if (inGroup && reader.Take(';'))
            {
                inGroup = false;
                if (!reader.EndsElement(inGroup)) return false;
                continue;
            }
            if (!reader.Words(out string words, out bool isOneLocalPart)) return false;
            if (!inGroup && words.Length > 0 && reader.Take(':'))
            {
                inGroup = true;
                continue;
            }
            MailPath? mailbox;
            if (reader.Take('<'))
            {
                // the route of RFC 5322 §4.4 is not read: nobody writes it but to deceive
                if (!reader.SkipComments() || !reader.Words(out string local, out isOneLocalPart) || !isOneLocalPart || !reader.Take('@')) return false;
                mailbox = reader.Domain(local);
                if (mailbox is null || !reader.Take('>')) return false;
            }
            else
            {
                if (!isOneLocalPart || !reader.Take('@')) return false;
                mailbox = reader.Domain(words);
            }
            if (mailbox is null || mailboxes.Count == most || !reader.EndsElement(inGroup)) return false;
            mailboxes.Add(mailbox);
        }
        return false;
    }

    private static readonly SearchValues<char> Specials = SearchValues.Create(" \t\r\n()<>[]:;@\\,\"");

    private ref struct Reader(ReadOnlySpan<char> rest)
    {
        private ReadOnlySpan<char> _rest = rest;

        public readonly bool IsAtEnd => _rest.IsEmpty;

        public bool Take(char c)
        {
            if (_rest.IsEmpty || _rest[0] != c) return false;
            _rest = _rest[1..];
            return true;
        }

        /// <summary>Behind a mailbox or a group: a comma, or what closes it.</summary>
        public bool EndsElement(bool inGroup) => SkipComments() && (IsAtEnd ? !inGroup : _rest[0] == ';' ? inGroup : Take(','));

        /// <summary>White space, folds and comments, which nest (RFC 5322 §3.2.2). False for a comment that does not end.</summary>
        public bool SkipComments()
        {
            while (true)
            {
                _rest = _rest.TrimStart(" \t\r\n");
                if (_rest.IsEmpty || _rest[0] != '(') return true;
                int depth = 0, at = 0;
                do
                {
                    if (at >= _rest.Length) return false;
                    char c = _rest[at++];
                    if (c == '\\') at++;
                    else if (c == '(') depth++;
                    else if (c == ')') depth--;
                }
                while (depth > 0);
                _rest = _rest[at..];
            }
        }

        /// <summary>A phrase or a local part: atoms, dots and quoted strings, up to the next special.</summary>
        /// <param name="isOneLocalPart">It is one word, which alone can stand before an @.</param>
        public bool Words(out string words, out bool isOneLocalPart)
        {
            words = "";
            int count = 0;
            isOneLocalPart = false;
            while (true)
            {
                int length = _rest.IsEmpty ? 0 : _rest[0] == '"' ? Quoted() : Atom();
                if (length < 0) return false;
                if (length == 0) break;
                if (count++ == 0) words = _rest[..length].ToString();
                _rest = _rest[length..];
                if (!SkipComments()) return false;
            }
            isOneLocalPart = count == 1;
            return true;
        }

        /// <summary>The domain behind an @, with its local part.</summary>
        public MailPath? Domain(string local)
        {
            if (!SkipComments() || _rest.IsEmpty) return null;
            int length = _rest[0] == '[' ? _rest.IndexOf(']') + 1 : Atom();
            if (length <= 0) return null;
            byte[] path = Encoding.UTF8.GetBytes($"<{local}@{_rest[..length]}>");
            _rest = _rest[length..];
            return SkipComments() && AddressParser.ParseForwardPath(path, utf8: true, out var mailbox, out int read) == AddressError.None && read == path.Length ? mailbox : null;
        }

        private readonly int Atom()
        {
            int end = _rest.IndexOfAny(Specials);
            return end < 0 ? _rest.Length : end;
        }

        private readonly int Quoted()
        {
            for (int at = 1; at < _rest.Length; at++)
            {
                if (_rest[at] == '\\') at++;
                else if (_rest[at] == '"') return at + 1;
            }
            return -1;
        }
    }
}
