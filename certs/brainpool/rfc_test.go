package brainpool

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// rfc7027 holds appendix A: both private keys, both public keys, the shared x.
var rfc7027 = map[string]struct{ dA, qA, dB, qB, z string }{
	"brainpoolP256r1": {
		"81DB1EE100150FF2EA338D708271BE38300CB54241D79950F77B063039804F1D",
		"44106E913F92BC02A1705D9953A8414DB95E1AAA49E81D9E85F929A8E3100BE5" +
			"8AB4846F11CACCB73CE49CBDD120F5A900A69FD32C272223F789EF10EB089BDC",
		"55E40BC41E37E3E2AD25C3C6654511FFA8474A91A0032087593852D3E7D76BD3",
		"8D2D688C6CF93E1160AD04CC4429117DC2C41825E1E9FCA0ADDD34E6F1B39F7B" +
			"990C57520812BE512641E47034832106BC7D3E8DD0E4C7F1136D7006547CEC6A",
		"89AFC39D41D3B327814B80940B042590F96556EC91E6AE7939BCE31F3A18BF2B",
	},
	"brainpoolP384r1": {
		"1E20F5E048A5886F1F157C74E91BDE2B98C8B52D58E5003D57053FC4B0BD65D6F15EB5D1EE1610DF870795143627D042",
		"68B665DD91C195800650CDD363C625F4E742E8134667B767B1B476793588F885AB698C852D4A6E77A252D6380FCAF068" +
			"55BC91A39C9EC01DEE36017B7D673A931236D2F1F5C83942D049E3FA20607493E0D038FF2FD30C2AB67D15C85F7FAA59",
		"032640BC6003C59260F7250C3DB58CE647F98E1260ACCE4ACDA3DD869F74E01F8BA5E0324309DB6A9831497ABAC96670",
		"4D44326F269A597A5B58BBA565DA5556ED7FD9A8A9EB76C25F46DB69D19DC8CE6AD18E404B15738B2086DF37E71D1EB4" +
			"62D692136DE56CBE93BF5FA3188EF58BC8A3A0EC6C1E151A21038A42E9185329B5B275903D192F8D4E1F32FE9CC78C48",
		"0BD9D3A7EA0B3D519D09D8E48D0785FB744A6B355E6304BC51C229FBBCE239BBADF6403715C35D4FB2A5444F575D4F42",
	},
	"brainpoolP512r1": {
		"16302FF0DBBB5A8D733DAB7141C1B45ACBC8715939677F6A56850A38BD87BD59" +
			"B09E80279609FF333EB9D4C061231FB26F92EEB04982A5F1D1764CAD57665422",
		"0A420517E406AAC0ACDCE90FCD71487718D3B953EFD7FBEC5F7F27E28C614999" +
			"9397E91E029E06457DB2D3E640668B392C2A7E737A7F0BF04436D11640FD09FD" +
			"72E6882E8DB28AAD36237CD25D580DB23783961C8DC52DFA2EC138AD472A0FCE" +
			"F3887CF62B623B2A87DE5C588301EA3E5FC269B373B60724F5E82A6AD147FDE7",
		"230E18E1BCC88A362FA54E4EA3902009292F7F8033624FD471B5D8ACE49D12CF" +
			"ABBC19963DAB8E2F1EBA00BFFB29E4D72D13F2224562F405CB80503666B25429",
		"9D45F66DE5D67E2E6DB6E93A59CE0BB48106097FF78A081DE781CDB31FCE8CCB" +
			"AAEA8DD4320C4119F1E9CD437A2EAB3731FA9668AB268D871DEDA55A5473199F" +
			"2FDC313095BCDD5FB3A91636F07A959C8E86B5636A1E930E8396049CB481961D" +
			"365CC11453A06C719835475B12CB52FC3C383BCE35E27EF194512B71876285FA",
		"A7927098655F1F9976FA50A9D566865DC530331846381C87256BAF3226244B76" +
			"D36403C024D7BBF0AA0803EAFF405D3D24F11A9B5C0BEF679FE1454B21C4CD1F",
	},
}

func TestRFC7027(t *testing.T) {
	for _, c := range curves() {
		v := rfc7027[c.Name()]
		a, err := NewPrivateKey(c, unhex(t, v.dA))
		require.NoError(t, err)
		b, err := NewPrivateKey(c, unhex(t, v.dB))
		require.NoError(t, err)
		require.Equal(t, unhex(t, "04"+v.qA), a.PublicKey().Bytes())
		require.Equal(t, unhex(t, "04"+v.qB), b.PublicKey().Bytes())
		for _, pair := range [][2]*PrivateKey{{a, b}, {b, a}} {
			z, err := pair[0].ECDH(pair[1].PublicKey())
			require.NoError(t, err)
			require.Equal(t, unhex(t, v.z), z)
		}
	}
}

// TestRFC6979P256 runs the nonce generator on the key and the messages of
// RFC 6979, A.2.5. The RFC has no example for Brainpool, but the generator knows
// curves only by the width and by the digest modulo n.
func TestRFC6979P256(t *testing.T) {
	n := elliptic.P256().Params().N
	x := unhex(t, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
	for _, c := range []struct {
		hash    func() hash.Hash
		message string
		nonce   string
	}{
		{sha256.New, "sample", "A6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60"},
		{sha512.New, "sample", "5FA81C63109BADB88C1F367B47DA606DA28CAD69AA22C4FE6AD7DF73A7173AA5"},
		{sha256.New, "test", "D16B6AE827F17175E040871A1C7EC3500192C4C92677336EC2537ACAEE0008E0"},
	} {
		h := c.hash()
		h.Write([]byte(c.message))
		e := new(big.Int).SetBytes(h.Sum(nil)[:32])
		nonce := make([]byte, 32)
		newNonces(c.hash, x, e.Mod(e, n).FillBytes(make([]byte, 32)), nil).next(nonce)
		require.Equal(t, unhex(t, c.nonce), nonce, c.message)
	}
}

// TestNoncesAgreeWithCryptoECDSA takes the nonces out of deterministic
// signatures of the standard library, whose secret key is known.
func TestNoncesAgreeWithCryptoECDSA(t *testing.T) {
	for _, c := range []struct {
		curve elliptic.Curve
		hash  crypto.Hash
	}{{elliptic.P256(), crypto.SHA256}, {elliptic.P384(), crypto.SHA384}, {elliptic.P256(), crypto.SHA512}} {
		key, err := ecdsa.GenerateKey(c.curve, rand.Reader)
		require.NoError(t, err)
		x, err := key.Bytes()
		require.NoError(t, err)
		n, size := c.curve.Params().N, len(x)
		for i := range 20 {
			h := c.hash.New()
			h.Write([]byte{byte(i)})
			digest := h.Sum(nil)
			sig, err := key.Sign(nil, digest, c.hash)
			require.NoError(t, err)
			r, s := numbers(t, sig)
			e := new(big.Int).SetBytes(digest[:min(size, len(digest))])
			want := new(big.Int).Mul(r, new(big.Int).SetBytes(x))
			want.Add(want, e).Mul(want, s.ModInverse(s, n)).Mod(want, n)
			nonce := make([]byte, size)
			newNonces(c.hash.New, x, e.Mod(e, n).FillBytes(make([]byte, size)), nil).next(nonce)
			require.Equal(t, want, new(big.Int).SetBytes(nonce))
		}
	}
}

func numbers(t *testing.T, der []byte) (r, s *big.Int) {
	t.Helper()
	r, s = new(big.Int), new(big.Int)
	input := cryptobyte.String(der)
	var pair cryptobyte.String
	require.True(t, input.ReadASN1(&pair, tag.SEQUENCE))
	require.True(t, pair.ReadASN1Integer(r))
	require.True(t, pair.ReadASN1Integer(s))
	return r, s
}

// TestSignatureIsRFC6979 fixes the random part and compares with a signature
// calculated from the generator's nonce by the book.
func TestSignatureIsRFC6979(t *testing.T) {
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		k, err := NewPrivateKey(c, unhex(t, rfc7027[c.Name()].dA))
		require.NoError(t, err)
		d := new(big.Int).SetBytes(k.Bytes())
		for _, extra := range [][]byte{nil, make([]byte, c.Size()), bytes.Repeat([]byte{0xA5}, c.Size())} {
			for _, digest := range digests(c) {
				got, err := k.signHedged(digest, extra)
				require.NoError(t, err)
				again, err := k.signHedged(digest, extra)
				require.NoError(t, err)
				require.Equal(t, got, again, "the same random part gives the same signature")
				require.Equal(t, signByTheBook(c, ref, d, digest, extra), got)
				require.True(t, k.PublicKey().VerifyRaw(digest, got))
			}
		}
	})
}

// digests are shorter than the curve, as long, longer, and at the edges of n.
func digests(c *Curve) [][]byte {
	return [][]byte{
		{1},
		bytes.Repeat([]byte{0xC3}, c.Size()-1),
		bytes.Repeat([]byte{0xFF}, c.Size()),
		bytes.Clone(c.order),
		make([]byte, c.Size()),
		bytes.Repeat([]byte{0x5A}, c.Size()+17),
	}
}

func signByTheBook(c *Curve, ref reference, d *big.Int, digest, extra []byte) []byte {
	e := new(big.Int).SetBytes(digest[:min(len(digest), ref.size)])
	e.Mod(e, ref.n)
	g := newNonces(c.hash.New, ref.bytes(d), ref.bytes(e), extra)
	b := make([]byte, ref.size)
	nonce := new(big.Int)
	for nonce.Sign() == 0 || nonce.Cmp(ref.n) >= 0 {
		g.next(b)
		nonce.SetBytes(b)
	}
	r := new(big.Int).Mod(ref.mult(nonce, ref.generator()).x, ref.n)
	s := new(big.Int).Mul(d, r)
	s.Add(s, e).Mul(s, new(big.Int).ModInverse(nonce, ref.n)).Mod(s, ref.n)
	return append(ref.bytes(r), ref.bytes(s)...)
}

// TestNoncesWithExtraInput compares the first three candidates with RFC 6979, 3.2
// and 3.6, written out once more.
func TestNoncesWithExtraInput(t *testing.T) {
	d, digest := bytes.Repeat([]byte{7}, 48), bytes.Repeat([]byte{9}, 48)
	for _, extra := range [][]byte{nil, {1}, bytes.Repeat([]byte{0xE5}, 100)} {
		key, value := make([]byte, 48), bytes.Repeat([]byte{1}, 48)
		mac := func(parts ...[]byte) []byte {
			m := hmac.New(sha512.New384, key)
			m.Write(bytes.Join(parts, nil))
			return m.Sum(nil)
		}
		key = mac(value, []byte{0}, d, digest, extra)
		value = mac(value)
		key = mac(value, []byte{1}, d, digest, extra)
		value = mac(value)
		g := newNonces(sha512.New384, d, digest, extra)
		got := make([]byte, 48)
		for range 3 {
			value = mac(value)
			g.next(got)
			require.Equal(t, value, got)
			key = mac(value, []byte{0})
			value = mac(value)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}
