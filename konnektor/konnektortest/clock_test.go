package konnektortest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

func TestDeadlineOnDemand(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	ctx, pass := konnektortest.Deadline(parent)
	child, giveUp := context.WithTimeout(ctx, time.Hour)
	defer giveUp()
	require.NoError(t, child.Err())
	pass()
	pass()
	<-child.Done()
	require.Equal(t, context.DeadlineExceeded, child.Err())
	require.NoError(t, parent.Err())

	ctx, pass = konnektortest.Deadline(parent)
	cancel()
	<-ctx.Done()
	require.Equal(t, context.Canceled, ctx.Err())
	pass()
	require.Equal(t, context.Canceled, ctx.Err())
}
