package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage marks what is wrong on the command line.
var errUsage = errors.New("usage")

// run runs the command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cmd := rootCommand()
	cmd.SetArgs(longFlags(args))
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "konnektorsim: %v\nTry konnektorsim --help.\n", err)
		return 2
	}
	fmt.Fprintf(stderr, "konnektorsim: %v\n", err)
	return 1
}

// longFlags lets -listen stand for --listen; there are no short flags but -h.
func longFlags(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if len(a) > 2 && a[0] == '-' && a[1] >= 'a' && a[1] <= 'z' {
			a = "-" + a
		}
		out[i] = a
	}
	return out
}

func rootCommand() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:           "konnektorsim",
		Short:         "A simulated TI-Konnektor on this machine",
		Args:          noArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errUsage, err) })
	cmd.CompletionOptions.DisableDefaultCmd = true
	o.flags(cmd)
	cmd.AddCommand(cardsCommand(), insertCommand(), removeCommand(), pinCommand(), stateCommand(), rebootCommand(), failCommand(),
		reactCommand(), askingCommand(), subscriptionsCommand(), forgetCommand())
	return cmd
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%w: unknown command or argument %s", errUsage, strings.Join(args, " "))
	}
	return nil
}
