package judgetest

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// eventWSDL is the official WSDL of the operations that subscribe.
const eventWSDL = "EventService.wsdl"

// TestZeepSubscribes has zeep subscribe, list, renew and unsubscribe.
func TestZeepSubscribes(t *testing.T) {
	needZeep(t)
	s := startSimulator(t)
	z := startZeep(t, s.config.URL, s.config.Trust.CAsPEM, s.clientPEM())
	ask := func(operation string, request m) zeepAnswer {
		t.Helper()
		request["Context"] = s.context()
		a := z.call(t, zeepCall{WSDL: eventWSDL, Service: "EventService", Operation: operation, Request: request})
		require.Empty(t, a.Refused)
		return a
	}
	answer := func(operation string, request, want m) m {
		t.Helper()
		a := ask(operation, request)
		require.Empty(t, a.Fault)
		var got m
		require.NoError(t, json.Unmarshal(a.OK, &got))
		require.Empty(t, missing(got, plain(t, want), "answer"), "%s", a.OK)
		return got
	}
	ok := m{"Status": m{"Result": "OK"}}
	filter := `/Event/Message/Parameter[Key="CardType" and Value="EGK"]`
	subscription := m{"EventTo": "cetp://127.0.0.1:20000", "Topic": "CARD", "Filter": filter}
	got := answer("Subscribe", m{"Subscription": subscription}, ok)
	id, _ := got["SubscriptionID"].(string)
	require.NotEmpty(t, id)
	require.NotEmpty(t, got["TerminationTime"])
	listed := m{"SubscriptionID": id, "EventTo": "cetp://127.0.0.1:20000", "Topic": "CARD", "Filter": filter}
	for _, request := range []m{{}, {"SubscriptionID": id}, {"mandant-wide": true}} {
		answer("GetSubscription", request, m{"Status": m{"Result": "OK"}, "Subscriptions": m{"Subscription": []any{listed}}})
	}
	answer("RenewSubscriptions", m{"SubscriptionID": []any{id}},
		m{"Status": m{"Result": "OK"}, "SubscribeRenewals": m{"SubscriptionRenewal": []any{m{"SubscriptionID": id}}}})
	answer("Unsubscribe", m{"SubscriptionID": id}, m{"Result": "OK"}) // zeep takes the one child for the answer
	ask("RenewSubscriptions", m{"SubscriptionID": []any{id}}).requireFault(t, 4102)
	ask("Unsubscribe", m{"EventTo": "cetp://127.0.0.1:20000"}).requireFault(t, 4102)
	subscription["Filter"] = "/Event["
	ask("Subscribe", m{"Subscription": subscription}).requireFault(t, 4095)
}
