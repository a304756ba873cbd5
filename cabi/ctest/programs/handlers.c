/* A host with handlers of its own for signals (Linux) or exceptions (Windows): faults in Go are handled by Go, those of
   the host by the host, before and after the library has worked. */
#include "host.h"

static kon k;

static void work(void)
{
    int32_t h = open_test(&k);
    CHECK(call(&k, h, "test.nil", "{}", NULL, 0) == KON_INTERNAL);
    CHECK(call(&k, h, "test.collect", "{\"count\":10}", NULL, 0) == KON_OK);
    CHECK(call(&k, h, "test.pipe", "{}", NULL, 0) == KON_OK);
    CHECK(k.kon_close(h) == KON_OK);
}

#ifdef _WIN32

static LONG WINAPI filter(EXCEPTION_POINTERS *exception)
{
    CHECK(exception->ExceptionRecord->ExceptionCode == EXCEPTION_ACCESS_VIOLATION);
    ExitProcess((UINT)finish());
    return EXCEPTION_EXECUTE_HANDLER;
}

int main(int argc, char **argv)
{
    volatile int *nowhere = NULL;
    (void)argc;
    SetUnhandledExceptionFilter(filter);
    must_load(&k, argv[1]);
    work();
    CHECK(SetUnhandledExceptionFilter(filter) == filter);
    work();
    *nowhere = 1; /* to the filter, which ends the program */
    return finish();
}

#else

#include <setjmp.h>
#include <signal.h>

static sigjmp_buf back;
static volatile sig_atomic_t caught;

static void handler(int signal)
{
    caught = signal;
    siglongjmp(back, 1);
}

static void count(int signal) { caught = signal; }

/* fault makes the host fault and comes back through its handler. */
static void fault(void)
{
    volatile int *volatile nowhere = NULL;
    caught = 0;
    if (sigsetjmp(back, 1) == 0)
        *nowhere = 1;
    CHECK(caught == SIGSEGV);
    caught = 0;
    if (sigsetjmp(back, 1) == 0)
        raise(SIGFPE);
    CHECK(caught == SIGFPE);
}

int main(int argc, char **argv)
{
    struct sigaction action, now;
    (void)argc;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    action.sa_handler = count;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    fault();
    must_load(&k, argv[1]);
    work();
    fault();
    work();
    fault();
    raise(SIGUSR1);
    CHECK(caught == SIGUSR1);
    raise(SIGINT);
    CHECK(caught == SIGINT);
    CHECK(sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler == count);
    CHECK(sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
    CHECK(sigaction(SIGTERM, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
    return finish();
}

#endif
