package secunettest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// updateID is the one update that there is for the box.
const updateID = "sim-update-1"

// ksrUpdates lists the updates for the box. The fields of an update beyond its
// updateId are a reading; the texts name the version.
func (b *Box) ksrUpdates(*mgmttest.Call) mgmttest.Answer {
	last, _ := b.internal["ksr checked"].(int64)
	list := []any{}
	if b.opts.Product != HSK { // its firmware does not come from the KSR
		list = append(list, map[string]any{
			"updateId": updateID, "text": "Firmware 5.99.0 (Simulator)", "downloaded": b.internal["ksr downloaded"] == true,
			"scheduled": b.internal["ksr scheduled"],
		})
	}
	return answer(map[string]any{"lastUpdate": or(last, b.started.UnixMilli()), "updates": list})
}

func (b *Box) ksrCheck(c *mgmttest.Call) mgmttest.Answer {
	now := b.Clock.Now().UnixMilli()
	b.change(c, "ksr", "", "check", func() { b.internal["ksr checked"] = now })
	return done()
}

func (b *Box) ksrTerminal(*mgmttest.Call) mgmttest.Answer {
	return answer(map[string]any{"lastUpdate": b.started.UnixMilli(), "updates": []any{}})
}

func (b *Box) ksrDownload(c *mgmttest.Call) mgmttest.Answer {
	if c.Args[0] != updateID || b.opts.Product == HSK {
		return mgmttest.Answer{Status: http.StatusNotFound}
	}
	b.change(c, "ksr", "", "download "+updateID, func() { b.internal["ksr downloaded"] = true })
	return done()
}

// ksrSchedule plans an update. The update itself is not simulated.
func (b *Box) ksrSchedule(c *mgmttest.Call) mgmttest.Answer {
	var in struct {
		NachTerminals any
		UpdateID      string
		Schedule      int64
	}
	if err := decode(c.Body, &in, "nachTerminals", "updateId", "schedule"); err != nil || in.NachTerminals != nil {
		return complain(c, http.StatusBadRequest, "the body must have nachTerminals null, updateId and schedule")
	}
	if in.UpdateID != updateID || b.internal["ksr downloaded"] != true {
		return failure(http.StatusConflict, "Update")
	}
	b.change(c, "ksr", "", "schedule "+strconv.FormatInt(in.Schedule, 10), func() { b.internal["ksr scheduled"] = in.Schedule })
	return done()
}

// ksrNames are the settings of updates: six switches and four texts.
var ksrNames = map[string]bool{
	"autoUpdateCheck": true, "autoUpdateDownload": true, "autoUpdate": true, "supportTrialUpdates": true,
	"autoActivateInventoryNetworks": true, "autoUpdateConnectorDependsOnFinishedTerminalUpdates": true,
	"autoUpdateWave": false, "autoUpdateWeekDay": false, "autoUpdateTimeHour": false, "autoUpdateTimeMinute": false,
}

func (b *Box) ksrSettings(c *mgmttest.Call) mgmttest.Answer {
	var in map[string]any
	if err := decode(c.Body, &in, slices.Sorted(maps.Keys(ksrNames))...); err != nil {
		return complain(c, http.StatusBadRequest, err.Error())
	}
	for name, isSwitch := range ksrNames {
		_, text := in[name].(string)
		_, bool := in[name].(bool)
		if isSwitch && !bool || !isSwitch && !text {
			return complain(c, http.StatusBadRequest, name+" is of another type")
		}
	}
	next, _ := json.Marshal(in)
	before, _ := b.internal["ksr settings"].(string)
	b.change(c, "ksr", before, string(next), func() { b.internal["ksr settings"] = string(next) })
	return done()
}
