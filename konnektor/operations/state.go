package operations

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

type stateRequestDoc struct {
	OnlyActive bool `json:"only_active,omitempty" doc:"Leave out the conditions that are not active: a healthy Konnektor lists all of them."`
	timeLimit
}

type stateAnswerDoc struct {
	SummaryDE string         `json:"summary_de" doc:"The state in one German sentence."`
	TI        vpnDoc         `json:"ti" doc:"The tunnel to the Telematikinfrastruktur."`
	SIS       vpnDoc         `json:"sis" doc:"The tunnel to the secure internet service (SIS). Many practices have none."`
	Operating []conditionDoc `json:"operating" doc:"The operating conditions (Betriebszustaende)."`
	Warning   *Error         `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

type vpnDoc struct {
	Online bool   `json:"online" doc:"The tunnel is up."`
	Since  string `json:"since,omitempty" format:"date-time" doc:"Since when."`
}

type conditionDoc struct {
	Condition  string `json:"condition" doc:"The code as on the wire, such as EC_No_VPN_TI_Connection."`
	Parameter  string `json:"parameter,omitempty" doc:"What stands in brackets behind the code, such as a CtId."`
	TextDE     string `json:"text_de" doc:"What it means, in German; the code when it is not known."`
	Severity   string `json:"severity" table:"-" doc:"Fatal, Error, Warning or Info."`
	SeverityDE string `json:"severity_de" doc:"The same in German."`
	Type       string `json:"type" table:"-" doc:"Operation, Security or Infrastructure."`
	Active     bool   `json:"active" doc:"The condition holds."`
	Since      string `json:"since,omitempty" format:"date-time" doc:"Since when it holds or no longer holds."`
}

func opState() Operation {
	return define(Operation{
		Name:       "state",
		Summary:    "Tells the state of the Konnektor: its tunnels and operating conditions.",
		Title:      titleState,
		Repeatable: true,
	}, runState)
}

func runState(ctx context.Context, c *call, req stateRequestDoc) (*stateAnswerDoc, error) {
	r, warning, err := c.client.Resource(ctx, konnektor.ResourceQuery{})
	if err != nil {
		return nil, err
	}
	if r.Konnektor == nil {
		return nil, konnektor.KindMalformed
	}
	k := r.Konnektor
	a := &stateAnswerDoc{
		SummaryDE: germanState(k),
		TI:        vpnDoc{k.TI.Online, dateTime(k.TI.Since)},
		SIS:       vpnDoc{k.SIS.Online, dateTime(k.SIS.Since)},
		Operating: []conditionDoc{},
		Warning:   newWarning(c.op, warning),
	}
	for _, o := range k.Operating {
		if o.Active || !req.OnlyActive {
			a.Operating = append(a.Operating, newCondition(o))
		}
	}
	return a, nil
}

func newCondition(o konnektor.OperatingState) conditionDoc {
	return conditionDoc{
		Condition: o.Condition, Parameter: o.Parameter, TextDE: germanCondition(o.Condition),
		Severity: o.Severity, SeverityDE: germanSeverity(o.Severity), Type: o.Type, Active: o.Active, Since: dateTime(o.Since),
	}
}
