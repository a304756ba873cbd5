// Package cetp receives the events of Konnektors (Connector Event Transport
// Protocol): a card is inserted, a tunnel is down, the Konnektor has started.
//
//	sink, err := cetp.Listen(cetp.Config{Listen: ":20000"})
//	defer sink.Close()
//	keeper, err := sink.Keep(client, cetp.KeeperConfig{})
//	for change, err := range client.Watch(ctx, konnektor.WatchRequest{Events: keeper.Events()}) {
//		...
//	}
//
// The Konnektor opens the connection, over TLS unless its administrator has
// switched that off, and sends frames; nothing is answered. A [Sink] takes them,
// from many Konnektors, and hands each event to every [Consumer]. A [Keeper]
// sees to it that one Konnektor sends them.
//
// Who knows the address can send frames too. What has no subscription of a
// keeper reaches no consumer of a keeper; Config.VerifyKonnektor demands the
// Konnektor's certificate. Where events stay away, as behind a firewall,
// konnektor.Client.Watch lists the cards instead.
//
// Where to look: frame.go the bytes on the wire, config.go what can be chosen,
// sink.go the port and who gets what, peer.go one connection, certificate.go the
// sink's certificates, consumer.go the queues, address.go what the Konnektor is
// told, keeper.go the subscriptions. ParseEvent and the types of events are in
// konnektor/event.go.
package cetp
