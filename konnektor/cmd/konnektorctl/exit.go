package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// The exit codes; the help text of the program lists them.
const (
	exitOK         = 0
	exitFault      = 1 // the Konnektor answers with a fault, or nothing that can be used
	exitUsage      = 2 // wrong flags, settings or request; a file that cannot be read
	exitConnection = 3 // not reachable, no TLS, not trusted, not let in
	exitNoCard     = 4 // the card is not inserted, or several are
	exitNoProof    = 5 // the card was read and is no valid proof
	exitPending    = 10
	exitRolledBack = 20
	exitStuck      = 30
	exitRefused    = 40
	exitCancelled  = 130
)

// errNoProof ends the reading of a card that is no valid proof; the answer is
// printed before.
var errNoProof = errors.New("konnektorctl: the card is no valid proof")

// What is answered with a no; the answer is printed before.
var (
	errPIN       = errors.New("konnektorctl: the PIN was not accepted")
	errUnsigned  = errors.New("konnektorctl: a document has no signature")
	errSignature = errors.New("konnektorctl: the signature is not valid")
	errExchange  = errors.New("konnektorctl: an error was found")
)

// A trust list that is not valid; the answer is printed before.
var (
	errRefused    = errors.New("konnektorctl: the list is refused")
	errUnreadable = errors.New("konnektorctl: no trust list")
)

// exitCodes has the kinds that do not end with exitFault, and the trust list that
// is refused.
var exitCodes = map[konnektor.Kind]int{
	konnektor.KindConfig:             exitUsage,
	konnektor.KindRequest:            exitUsage,
	operations.KindUnknownOperation:  exitUsage,
	operations.KindTrustList:         exitFault,
	operations.KindByHand:            exitFault,
	operations.KindUnsupported:       exitFault,
	operations.KindRefused:           exitFault,
	operations.KindManagementLogin:   exitConnection,
	operations.KindFile:              exitUsage,
	operations.KindFormat:            exitUsage,
	operations.KindPassword:          exitUsage,
	operations.KindSink:              exitUsage,
	operations.KindDownload:          exitConnection,
	konnektor.KindUnknownHost:        exitConnection,
	konnektor.KindUnreachable:        exitConnection,
	konnektor.KindTimeout:            exitConnection,
	konnektor.KindNoTLS:              exitConnection,
	konnektor.KindTLS:                exitConnection,
	konnektor.KindCertificate:        exitConnection,
	konnektor.KindCertificateName:    exitConnection,
	konnektor.KindCertificateExpired: exitConnection,
	konnektor.KindBrainpool:          exitConnection,
	konnektor.KindClientCertificate:  exitConnection,
	konnektor.KindUnauthorized:       exitConnection,
	konnektor.KindNotInserted:        exitNoCard,
	operations.KindNoSMCB:            exitNoCard,
	operations.KindSeveralCards:      exitNoCard,
	konnektor.KindCancelled:          exitCancelled,
}

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, bar: newBar(stderr)}
	cmd := a.root()
	cmd.SetArgs(append([]string{}, args...)) // nil would mean those of the process
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	return a.finish(cmd.ExecuteContext(ctx))
}

// finish reports a failure and returns the exit code.
func (a *app) finish(err error) int {
	var failed *operations.Error
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errNoProof):
		return exitNoProof
	case errors.Is(err, errRefused), errors.Is(err, errPIN), errors.Is(err, errUnsigned), errors.Is(err, errSignature), errors.Is(err, errExchange):
		return exitFault
	case errors.Is(err, errUnreadable):
		return exitUsage
	case errors.Is(err, errFixPending):
		return exitPending
	case errors.Is(err, errFixRolledBack):
		return exitRolledBack
	case errors.Is(err, errFixStuck):
		return exitStuck
	case errors.Is(err, errFixRefused):
		return exitRefused
	case !errors.As(err, &failed): // flags and arguments
		fmt.Fprintf(a.stderr, "konnektorctl: %v\nkonnektorctl --help\n", err)
		return exitUsage
	}
	a.report(failed)
	if code, ok := exitCodes[failed.Kind]; ok {
		return code
	}
	return exitFault
}

// report prints a failure.
func (a *app) report(failed *operations.Error) {
	if a.json {
		fmt.Fprintf(a.stdout, "%s\n", failed.JSON())
	}
	switch failed.Kind {
	case konnektor.KindRequest, operations.KindUnknownOperation: // a mistake of who typed the command
		fmt.Fprintln(a.stderr, "konnektorctl: "+failed.Text)
	case konnektor.KindConfig, operations.KindFile, operations.KindFormat, operations.KindPassword, operations.KindTrustList, operations.KindDownload:
		fmt.Fprintln(a.stderr, failed.German()+"\n"+failed.Text)
	default:
		fmt.Fprintln(a.stderr, failed.German())
	}
	for i, step := range failed.Procedure {
		fmt.Fprintf(a.stderr, "  %d. %s\n", i+1, step)
	}
}
