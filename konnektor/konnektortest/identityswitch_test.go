package konnektortest_test

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// shown is the certificate of a handshake; resumed says whether it was one of
// an earlier session.
func shown(t *testing.T, k *konnektortest.Konnektor, sessions tls.ClientSessionCache) (cert *x509.Certificate, resumed bool) {
	t.Helper()
	conn, err := tls.Dial("tcp", strings.TrimPrefix(k.TLSURL(), "https://"), &tls.Config{
		RootCAs: pool(t, k), ServerName: "konnektor.konlan", ClientSessionCache: sessions, MaxVersion: tls.VersionTLS12,
	})
	require.NoError(t, err)
	defer conn.Close()
	s := conn.ConnectionState()
	return s.PeerCertificates[0], s.DidResume
}

func TestIdentitySwitchIsSeenInTheNextHandshake(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{Auth: konnektortest.TLS, Identity: konnektortest.RSA2048})
	sessions := tls.NewLRUClientSessionCache(4)
	before, _ := shown(t, k, sessions)
	_, resumed := shown(t, k, sessions)
	require.True(t, resumed, "as long as nothing changes sessions are resumed")
	require.Equal(t, 2048, before.PublicKey.(interface{ Size() int }).Size()*8)

	end := time.Now().AddDate(0, 0, 176).Truncate(time.Second)
	renewed, err := k.RenewIdentity(k.Identity(), time.Now().AddDate(0, 0, -5), end)
	require.NoError(t, err)
	same, _ := shown(t, k, nil)
	require.Equal(t, before.Raw, same.Raw, "a renewed certificate is not shown by itself")

	require.NoError(t, k.ShowIdentity(renewed))
	after, resumed := shown(t, k, sessions)
	require.False(t, resumed)
	require.NotEqual(t, before.SerialNumber, after.SerialNumber)
	require.Equal(t, before.Subject.CommonName, after.Subject.CommonName)
	require.Equal(t, before.RawSubjectPublicKeyInfo, after.RawSubjectPublicKeyInfo)
	require.True(t, end.Equal(after.NotAfter))
	require.Equal(t, after.Raw, k.ServerCertificate())
}

func TestDownKonnektorKeepsItsPort(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{Auth: konnektortest.TLS})
	address := strings.TrimPrefix(k.TLSURL(), "https://")
	conn, err := tls.Dial("tcp", address, &tls.Config{ServerName: "konnektor.konlan", RootCAs: pool(t, k)})
	require.NoError(t, err)
	defer conn.Close()
	k.SetDown(true)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err = conn.Read(make([]byte, 1))
	require.Error(t, err)
	_, err = tls.Dial("tcp", address, &tls.Config{ServerName: "konnektor.konlan", RootCAs: pool(t, k)})
	require.Error(t, err)
	k.SetDown(false)
	shown(t, k, nil)
}

func pool(t *testing.T, k *konnektortest.Konnektor) *x509.CertPool {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(k.CAsPEM())))
	return roots
}

func TestStatesAndModelAreCopies(t *testing.T) {
	k := konnektortest.New(t)
	k.Model().Terminals[0].ID = "changed"
	require.EqualValues(t, "T1", k.Model().Terminals[0].ID)
	require.NoError(t, k.SetState("EC_LOG_OVERFLOW", true))
	for _, s := range k.States() {
		require.Equal(t, s.Name == "EC_LOG_OVERFLOW", s.Active, s.Name)
	}
}
