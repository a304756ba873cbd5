package cetp_test

import (
	"bufio"
	"encoding/binary"
	"encoding/xml"
	"io"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/cetp"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// cardFrame is a frame of usual size.
func cardFrame() []byte {
	text := `<EVT:Event xmlns:EVT="http://ws.gematik.de/conn/EventService/v7.2"><EVT:Topic>CARD/INSERTED</EVT:Topic><EVT:Type>Operation</EVT:Type>` +
		`<EVT:Severity>Info</EVT:Severity><EVT:SubscriptionID>7d444840-9dc0-41d1-b245-5ffdce74fad2</EVT:SubscriptionID><EVT:Message>`
	for _, p := range []string{"CardHandle", "CardType", "CardVersion", "ICCSN", "CtID", "SlotID", "InsertTime", "CardHolderName", "KVNR", "CertExpirationDate"} {
		text += "<EVT:Parameter><EVT:Key>" + p + "</EVT:Key><EVT:Value>80276883110000000011</EVT:Value></EVT:Parameter>"
	}
	return frame(text + "</EVT:Message></EVT:Event>")
}

const (
	benchEvents    = 50_000
	benchConsumers = 10
)

// BenchmarkEvents sends the same frames over one connection to a bare reader,
// which only cuts them, to one that decodes them with encoding/xml as well, and
// through a sink to ten consumers that take them all; in one run. It reports
// events per second of each, and the largest heap of the sink's run.
func BenchmarkEvents(b *testing.B) {
	for b.Loop() {
		bare := sendTo(b, func(b *testing.B) (string, func()) { return bareReader(b, nil) })
		decoding := sendTo(b, func(b *testing.B) (string, func()) { return bareReader(b, decodeEvent) })
		ours := sendTo(b, tenConsumers)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(benchEvents/ours.Seconds(), "events/s")
		b.ReportMetric(benchEvents/bare.Seconds(), "bare/s")
		b.ReportMetric(benchEvents/decoding.Seconds(), "encoding/xml/s")
		b.ReportMetric(ours.Seconds()/bare.Seconds(), "x-bare")
		b.ReportMetric(ours.Seconds()/decoding.Seconds(), "x-encoding/xml")
		b.ReportMetric(float64(peak)/(1<<20), "MB-heap")
	}
}

// sendTo sends the frames to what serve opens and returns how long it took until
// all had come.
func sendTo(b *testing.B, serve func(b *testing.B) (address string, wait func())) time.Duration {
	address, wait := serve(b)
	conn, err := net.Dial("tcp", address)
	require.NoError(b, err)
	defer conn.Close()
	block := slices.Repeat(cardFrame(), 50)
	begun := time.Now()
	for range benchEvents / 50 {
		_, err := conn.Write(block)
		require.NoError(b, err)
	}
	wait()
	return time.Since(begun)
}

// decodeEvent decodes an event as a program without this library would.
func decodeEvent(doc []byte) error {
	var v struct {
		Topic, Type, Severity, SubscriptionID string
		Message                               struct {
			Parameter []struct{ Key, Value string }
		}
	}
	return xml.Unmarshal(doc, &v)
}

// bareReader reads frames and does no more with them than decode says.
func bareReader(b *testing.B, decode func([]byte) error) (string, func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	done := make(chan error, 1)
	go func() {
		defer l.Close()
		done <- func() error {
			conn, err := l.Accept()
			if err != nil {
				return err
			}
			defer conn.Close()
			r := bufio.NewReader(conn)
			header, body := make([]byte, 8), make([]byte, 1<<16)
			for range benchEvents {
				if _, err := io.ReadFull(r, header); err != nil {
					return err
				}
				content := body[:binary.BigEndian.Uint32(header[4:])]
				if _, err := io.ReadFull(r, content); err != nil {
					return err
				}
				if decode == nil {
					continue
				}
				if err := decode(content); err != nil {
					return err
				}
			}
			return nil
		}()
	}()
	return l.Addr().String(), func() { require.NoError(b, <-done) }
}

// peak is the largest heap seen while ten consumers took events, in bytes.
var peak uint64

// tenConsumers is a sink with ten consumers that count. What a consumer loses
// counts as well: the queues are bounded.
func tenConsumers(b *testing.B) (string, func()) {
	s, err := cetp.Listen(cetp.Config{Listen: "127.0.0.1:0"})
	require.NoError(b, err)
	var taking sync.WaitGroup
	lost := make([]int, benchConsumers)
	for i := range benchConsumers {
		c := s.Events()
		taking.Go(func() {
			for n := 0; n < benchEvents; {
				notice, err := c.Next(b.Context())
				if err != nil {
					return
				}
				if notice.Event != nil {
					n++
				}
				n, lost[i] = n+notice.Lost, lost[i]+notice.Lost
			}
		})
	}
	return s.Addr().String(), func() {
		taking.Wait()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapInuse)
		sum := 0
		for _, n := range lost {
			sum += n
		}
		b.ReportMetric(float64(sum)/(benchEvents*benchConsumers), "lost-share")
		require.NoError(b, s.Close())
	}
}

// BenchmarkDelay measures the time from the write of a frame to its event at
// each of ten consumers, one event after the other, over a kept connection.
func BenchmarkDelay(b *testing.B) {
	s, err := cetp.Listen(cetp.Config{Listen: "127.0.0.1:0"})
	require.NoError(b, err)
	defer s.Close()
	const n = 2000
	arrived := make(chan time.Time, benchConsumers)
	for range benchConsumers {
		c := s.Events()
		go func() {
			for {
				notice, err := c.Next(b.Context())
				if err != nil {
					return
				}
				if notice.Event != nil {
					arrived <- time.Now()
				}
			}
		}()
	}
	conn, err := net.Dial("tcp", s.Addr().String())
	require.NoError(b, err)
	defer conn.Close()
	data := cardFrame()
	for b.Loop() {
		var delays []time.Duration
		for range n {
			begun := time.Now()
			_, err := conn.Write(data)
			require.NoError(b, err)
			for range benchConsumers {
				delays = append(delays, (<-arrived).Sub(begun))
			}
		}
		slices.Sort(delays)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(delays[len(delays)/2].Microseconds()), "p50-us")
		b.ReportMetric(float64(delays[len(delays)*99/100].Microseconds()), "p99-us")
	}
}

// BenchmarkInsertedToVSD measures the time from the insertion of a card at the
// simulator to the decoded VSD, over TLS with event and all, and the share that
// the Konnektor has in it: the same ReadVSD again, and one GetCards.
func BenchmarkInsertedToVSD(b *testing.B) {
	k, err := konnektortest.Start(konnektortest.Options{})
	require.NoError(b, err)
	defer k.Close()
	vsdmtest.Install(k)
	s := listen(b, cetp.Config{})
	c := client(b, k)
	keeper := keep(b, s, c, cetp.KeeperConfig{})
	subscribed(b, keeper, 1)
	decoded := make(chan error)
	go func() {
		for change, err := range c.Watch(b.Context(), konnektor.WatchRequest{Events: keeper.Events(), Filter: konnektor.CardFilter{Type: konnektor.CardEGK}}) {
			if err != nil || change.Kind != konnektor.CardInserted {
				continue
			}
			_, err := vsdm.Read(b.Context(), c, vsdm.Request{EGK: change.Card.Handle, SMCB: k.Handle(konnektor.CardSMCB)})
			decoded <- err
		}
	}()
	eventually(b, "Watch has begun", func() bool { return k.Counters().Requests["GetCards"] > 0 })
	var whole, own []time.Duration
	for b.Loop() {
		for range 50 {
			begun := time.Now()
			h := k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
			require.NoError(b, <-decoded)
			whole = append(whole, time.Since(begun))
			begun = time.Now()
			_, err := vsdm.Read(b.Context(), c, vsdm.Request{EGK: h, SMCB: k.Handle(konnektor.CardSMCB)})
			require.NoError(b, err)
			own = append(own, time.Since(begun))
			_, err = k.Remove(h)
			require.NoError(b, err)
		}
	}
	slices.Sort(whole)
	slices.Sort(own)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(whole[len(whole)/2]), "p50-ms")
	b.ReportMetric(ms(own[len(own)/2]), "readvsd-p50-ms")
	b.ReportMetric(ms(whole[len(whole)/2]-own[len(own)/2]), "ours-p50-ms")
	b.ReportMetric(ms(whole[len(whole)*99/100]-own[len(own)/2]), "ours-p99-ms")
	b.Logf("%d cards", len(whole))
}
