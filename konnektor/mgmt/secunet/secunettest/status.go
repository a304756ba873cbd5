package secunettest

import (
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// status is the status object with all operating states, raised or not.
func (b *Box) status(*mgmttest.Call) mgmttest.Answer {
	states := []map[string]any{}
	for _, k := range b.Konnektor.States() {
		states = append(states, b.state(k))
	}
	ti, sis := b.vpn[konnektortest.TI], b.vpn[konnektortest.SIS]
	return answer(map[string]any{
		"connectorStarted": b.started.UnixMilli(),
		"vpnTiConnected":   ti.up, "vpnTiConnectionStateDate": ti.since.UnixMilli(),
		"vpnSisConnected": sis.up, "vpnSisConnectionStateDate": sis.since.UnixMilli(),
		"restartRequired": b.restart, "operatingStates": states,
	})
}

// ping says that the box lives.
func (b *Box) ping(*mgmttest.Call) mgmttest.Answer { return done() }

// version says what the box is. That the time of the build is text is a reading:
// the one client that reads it converts other times and not this one.
func (b *Box) version(*mgmttest.Call) mgmttest.Answer {
	return answer(map[string]any{
		"fwVersion": b.opts.Firmware, "hwVersion": "2.1.0", "productName": "secunet konnektor simulator",
		"productType": string(b.opts.Product), "serialNumber": b.serial(), "buildTime": "2025-06-02T08:00:00Z",
	})
}

// serial is the serial number of the box, the same for the same seed.
func (b *Box) serial() string { return "SIM" + digits(b.Seed(), 10) }

func digits(n uint64, count int) string {
	var text strings.Builder
	for range count {
		text.WriteByte(byte('0' + n%10))
		n /= 10
	}
	return text.String()
}

// releaseInfos are the texts of the releases. Their form is not known.
func (b *Box) releaseInfos(*mgmttest.Call) mgmttest.Answer {
	return answer([]map[string]any{{"version": b.opts.Firmware, "text": "Simulator"}})
}

// basic is load and memory.
func (b *Box) basic(*mgmttest.Call) mgmttest.Answer {
	load := 0.21
	if b.security.stuck {
		load = 17.4
	}
	return answer(map[string]any{
		"cpuTemperature": 51.5, "cpuTempStatus": "OK", "memTotal": 4039184, "memFree": 812344, "memAvailable": 1900112,
		"memBuffers": 90112, "memCached": 1200340, "memMapped": 300120, "memShmem": 20480, "memSlab": 180224,
		"memKernelStack": 9216, "memPageTables": 14336, "uptime": int64(b.Clock.Now().Sub(b.started).Seconds()),
		"loadAvg1min": load, "loadAvg5min": load, "loadAvg15min": load,
	})
}

// time is the clock of the box.
func (b *Box) time(*mgmttest.Call) mgmttest.Answer {
	return answer(map[string]any{"time": b.Clock.Now().UnixMilli(), "timeZone": "Europe/Berlin"})
}

// local is a time as the box shows it to people: that of Germany.
func local(t time.Time) time.Time {
	t = t.UTC()
	begin, end := lastSunday(t.Year(), time.March), lastSunday(t.Year(), time.October)
	if !t.Before(begin) && t.Before(end) {
		return t.In(time.FixedZone("CEST", 2*3600))
	}
	return t.In(time.FixedZone("CET", 3600))
}

// lastSunday is when the clocks change in a month: at 01:00 UTC.
func lastSunday(year int, month time.Month) time.Time {
	t := time.Date(year, month+1, 1, 1, 0, 0, 0, time.UTC).AddDate(0, 0, -1)
	return t.AddDate(0, 0, -int(t.Weekday()))
}

// features are the licences. The last field of the renewal of certificates
// decides whether it may be used.
func (b *Box) features(*mgmttest.Call) mgmttest.Answer {
	list := []map[string]any{}
	for _, name := range []string{"encservice", "amts", "komfortsignatur", "aesni", "signservice", "nfdm", "tbauth",
		"epa2", "ldap", "epa", "bsnr", "gsmckrenew", "ktnr"} {
		has := name != "gsmckrenew" || b.licensed
		list = append(list, map[string]any{
			"feature": name, "licenced": has, "validFrom": "", "validTo": "", "count": nil, "active": has,
		})
	}
	return answer(list)
}
