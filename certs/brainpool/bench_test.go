//go:build !race

package brainpool

import (
	"math/big"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// operations are what is measured of a curve.
func operations(b *testing.B, c *Curve) map[string]func() {
	k, err := GenerateKey(c, nil)
	require.NoError(b, err)
	peer, err := GenerateKey(c, nil)
	require.NoError(b, err)
	digest := make([]byte, c.Size())
	digest[3] = 7
	sig, err := k.Sign(nil, digest, nil)
	require.NoError(b, err)
	return map[string]func(){
		"sign": func() {
			if _, err := k.Sign(nil, digest, nil); err != nil {
				b.Fatal(err)
			}
		},
		"verify": func() {
			if !k.PublicKey().Verify(digest, sig) {
				b.Fatal("not verified")
			}
		},
		"ecdh": func() {
			if _, err := k.ECDH(peer.PublicKey()); err != nil {
				b.Fatal(err)
			}
		},
	}
}

func BenchmarkCurve(b *testing.B) {
	for _, c := range curves() {
		for _, name := range []string{"sign", "verify", "ecdh"} {
			run := operations(b, c)[name]
			run()
			b.Run(c.Name()+"/"+name, func(b *testing.B) {
				for b.Loop() {
					run()
				}
			})
		}
	}
}

// BenchmarkFirstUse is what the first signature and the first verification of a
// program cost on top: the tables of the base point.
func BenchmarkFirstUse(b *testing.B) {
	for i := range rfc5639 {
		b.Run(rfc5639[i].name, func(b *testing.B) {
			for b.Loop() {
				switch d := rfc5639[i].domain(); d.size {
				case 32:
					g := newGroup256(d)
					g.comb()
					g.oddBase()
				case 48:
					g := newGroup384(d)
					g.comb()
					g.oddBase()
				case 64:
					g := newGroup512(d)
					g.comb()
					g.oddBase()
				}
			}
		})
	}
}

// BenchmarkOpenSSL runs "openssl speed" and this package in turns, one second
// each, three times, and reports operations per second of both and their ratio;
// above 1 this package is faster. Both count elapsed time and the best round
// counts, so that other work on the machine shows as little as it can. It takes
// 18 seconds a curve, whatever -benchtime says.
func BenchmarkOpenSSL(b *testing.B) {
	if _, err := exec.LookPath("openssl"); err != nil {
		b.Skip("no openssl program to measure against")
	}
	for _, c := range curves() {
		b.Run(c.Name(), func(b *testing.B) {
			ours, theirs := map[string]float64{}, map[string]float64{}
			for b.Loop() {
				for range 3 {
					for name, rate := range opensslSpeed(b, c) {
						theirs[name] = max(theirs[name], rate)
					}
					for name, run := range operations(b, c) {
						ours[name] = max(ours[name], rate(run, time.Second))
					}
				}
			}
			for name := range ours {
				b.ReportMetric(ours[name], name+"/s")
				b.ReportMetric(ours[name]/theirs[name], name+"-ratio")
			}
		})
	}
}

// rate is how often run runs in a second.
func rate(run func(), long time.Duration) float64 {
	run()
	start, count := time.Now(), 0
	for time.Since(start) < long {
		run()
		count++
	}
	return float64(count) / time.Since(start).Seconds()
}

// speedLine is a line of "openssl speed": operations per second stand last.
var speedLine = regexp.MustCompile(`bits (ecdsa|ecdh) \(brainpool.*\)(.*)`)

func opensslSpeed(b *testing.B, c *Curve) map[string]float64 {
	b.Helper()
	short := "br" + strings.ToLower(strings.TrimPrefix(c.Name(), "brainpool"))
	out, err := exec.Command("openssl", "speed", "-elapsed", "-seconds", "1", "ecdsa"+short, "ecdh"+short).Output()
	require.NoError(b, err)
	rates := map[string]float64{}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		require.NoError(b, err, "%s", out)
		return v
	}
	for _, m := range speedLine.FindAllStringSubmatch(string(out), -1) {
		fields := strings.Fields(m[2])
		last := len(fields) - 1
		if m[1] == "ecdsa" {
			rates["sign"], rates["verify"] = number(fields[last-1]), number(fields[last])
		} else {
			rates["ecdh"] = number(fields[last])
		}
	}
	require.Len(b, rates, 3, "%s", out)
	return rates
}

// scalarClasses are scalars that a careless implementation takes more or less
// time for.
func scalarClasses(b *testing.B, n *big.Int) map[string][]*big.Int {
	b.Helper()
	classes := map[string][]*big.Int{}
	add := func(class string, v *big.Int) { classes[class] = append(classes[class], v) }
	for i := range 16 {
		add("random", randomBelow(b, n))
		add("short", big.NewInt(int64(i+1)))
		add("long", new(big.Int).Sub(n, big.NewInt(int64(i+1))))
		add("sparse", new(big.Int).Lsh(big.NewInt(1), uint(n.BitLen()-2-i*7)))
		dense := new(big.Int).Lsh(big.NewInt(1), uint(n.BitLen()-1-i))
		add("dense", dense.Sub(dense, big.NewInt(1)))
	}
	return classes
}

// BenchmarkFlatTiming compares the classes of scalars with random ones, for the
// three operations that see a secret. It reports the ratio of the fastest
// quartile of many interleaved measurements: 1 means that the class does not
// show. Each round takes the same work, whatever -benchtime says.
func BenchmarkFlatTiming(b *testing.B) {
	for i, c := range curves() {
		ref := reference{rfc5639[i].domain()}
		q := ref.encode(signed(ref, 5))
		d, e := ref.bytes(big.NewInt(123456789)), ref.bytes(big.NewInt(987654321))
		for _, op := range []struct {
			name string
			run  func(k []byte)
		}{
			{"multBase", func(k []byte) { c.group.multBase(k) }},
			{"ecdh", func(k []byte) { c.group.mult(k, q) }},
			{"sign", func(k []byte) { c.group.sign(d, k, e) }},
			{"signKey", func(k []byte) { c.group.sign(k, d, e) }},
		} {
			b.Run(c.Name()+"/"+op.name, func(b *testing.B) {
				times := map[string]float64{}
				for b.Loop() {
					times = classTimes(scalarClasses(b, ref.n), ref, op.run)
				}
				for class, time := range times {
					if class != "random" {
						b.ReportMetric(time/times["random"], class+"/random")
					}
				}
			})
		}
	}
}

// classTimes measures one scalar of every class in turns, so that other work on
// the machine meets all classes alike, and returns quartiles in seconds.
func classTimes(classes map[string][]*big.Int, ref reference, run func(k []byte)) map[string]float64 {
	samples := map[string][]float64{}
	for i := range 40 * len(classes["random"]) {
		for class, scalars := range classes { // in random order
			b := ref.bytes(scalars[i%len(scalars)])
			start := time.Now()
			run(b)
			samples[class] = append(samples[class], time.Since(start).Seconds())
		}
	}
	quartiles := map[string]float64{}
	for class, list := range samples {
		slices.Sort(list)
		quartiles[class] = list[len(list)/4]
	}
	return quartiles
}
