using System.Text;
using Mta.Accounts.Passwords;

namespace Mta.Tests.Accounts;

/// <summary>How passwords are compared and kept.</summary>
public sealed class PasswordTests
{
    [Theory]
    [InlineData("correct horse", "correct horse")]
    [InlineData("caf\u00E9", "cafe\u0301")]
    [InlineData("a b", "a\u00A0b")]
    [InlineData("a b", "a\u3000b")]
    [InlineData("\u1EC7", "e\u0323\u0302")]
    [InlineData("\uAC00", "\u1100\u1161")]
    public void What_looks_the_same_is_the_same(string one, string other) => Assert.Equal(PasswordText.Prepare(one), PasswordText.Prepare(other));

    [Theory]
    [InlineData("password", "Password")]
    [InlineData("caf\u00E9", "cafe")]
    [InlineData("\uFF41", "a")]
    [InlineData("a", "a ")]
    public void Case_width_and_spaces_count(string one, string other) => Assert.NotEqual(PasswordText.Prepare(one), PasswordText.Prepare(other));

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("a\u007F")]
    [InlineData("a\u0085")]
    [InlineData("\uFFFF")]
    public void What_cannot_be_typed_is_no_password(string text) => Assert.Null(PasswordText.Prepare(text));

    // not as data of a theory: an attribute cannot hold them
    [Fact]
    public void Half_a_character_is_no_password() => Assert.All(["\uD800", "\uDC00x", "x\uD800"], text => Assert.Null(PasswordText.Prepare(text)));

    [Fact]
    public void A_password_has_a_length() =>
        Assert.Equal((true, true), (PasswordText.Prepare(new('x', PasswordText.MaxLength)) is not null, PasswordText.Prepare(new('x', PasswordText.MaxLength + 1)) is null));

    [Fact]
    public void A_hash_says_how_it_was_made_and_opens_with_its_password_alone()
    {
        string hash = Argon2Hash.Create("correct horse", new(19456, 2));
        Assert.StartsWith("$argon2id$v=19$m=19456,t=2,p=1$", hash, StringComparison.Ordinal);
        Assert.True(Argon2Hash.Verify("correct horse", hash));
        Assert.False(Argon2Hash.Verify("correct horsf", hash));
        Assert.NotEqual(hash, Argon2Hash.Create("correct horse", new(19456, 2)));
    }

    // made by the argon2 program of the reference implementation: echo -n password | argon2 somesaltsomesalt -id -t 2 -k 19456 -p 1 -l 32 -e
    [Fact]
    public void A_hash_of_another_implementation_is_understood() =>
        Assert.True(Argon2Hash.Verify("password", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE"));

    [Theory]
    [InlineData("")]
    [InlineData("password")]
    [InlineData("$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_hash_of_ours_opens_with_nothing(string hash) => Assert.False(Argon2Hash.Verify("password", hash));

    [Fact]
    public void The_keys_for_scram_are_those_of_the_example_in_RFC_7677()
    {
        // RFC 7677 §3: user "user", password "pencil"
        const string clientFirst = "n=user,r=rOprNGfwEbeRWgbNEkqO";
        const string serverFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        const string clientFinal = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        byte[] message = Encoding.ASCII.GetBytes($"{clientFirst},{serverFirst},{clientFinal}");
        var keys = ScramSecret.Create("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

        byte[] server = System.Security.Cryptography.HMACSHA256.HashData(keys.ServerKey.AsSpan(), message);
        Assert.Equal("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Convert.ToBase64String(server));
        // the proof is ClientKey xor HMAC(StoredKey, message), and StoredKey is H(ClientKey)
        byte[] proof = Convert.FromBase64String("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        byte[] signature = System.Security.Cryptography.HMACSHA256.HashData(keys.StoredKey.AsSpan(), message);
        byte[] client = [.. proof.Zip(signature, (p, s) => (byte)(p ^ s))];
        Assert.Equal(keys.StoredKey, System.Security.Cryptography.SHA256.HashData(client));
    }

    [Fact]
    public void The_keys_for_scram_are_read_as_they_were_written()
    {
        var keys = ScramSecret.Create("pencil", 5000);
        var read = ScramSecret.TryParse(ScramSecret.Format(keys))!;
        Assert.Equal((keys.Iterations, true), (read.Iterations, keys.Salt.SequenceEqual(read.Salt) && keys.StoredKey.SequenceEqual(read.StoredKey) && keys.ServerKey.SequenceEqual(read.ServerKey)));
        Assert.Null(ScramSecret.TryParse("SCRAM-SHA-256$x"));
        Assert.Null(ScramSecret.TryParse(null));
    }

    [Fact]
    public void An_app_password_is_long_random_and_forgiving_to_type()
    {
        string password = AppPassword.Create();
        Assert.True(password.Count(char.IsAsciiLetterOrDigit) >= 26);
        Assert.NotEqual(password, AppPassword.Create());
        Assert.Equal(AppPassword.Hash(password), AppPassword.Hash(password.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant()));
        Assert.Null(AppPassword.Hash("correct horse"));
        Assert.Null(AppPassword.Hash(password + "x"));
    }
}
