/* Many threads: 8 with 1,000 calls each, 3,000 that live for one call, cancelling and closing at any moment, and 10,000
   handles one after the other. */
#include "host.h"

static kon k;
static int32_t shared; /* a handle that all use */
static int32_t token;

static int32_t next_token(void) { return __atomic_add_fetch(&token, 1, __ATOMIC_SEQ_CST); }

static void many_calls(void *argument)
{
    int i;
    (void)argument;
    for (i = 0; i < 1000; i++) {
        char request[64], text[64];
        snprintf(request, sizeof request, "{\"text\":\"%d\"}", next_token());
        if (call(&k, shared, "test.echo", request, text, sizeof text) != KON_OK || strcmp(request, text) != 0) {
            CHECK(!"a call of one of eight threads");
            return;
        }
    }
    CHECK(i == 1000);
}

static int32_t answered;

static void one_call(void *argument)
{
    (void)argument;
    if (call(&k, shared, "test.echo", "{}", NULL, 0) == KON_OK)
        __atomic_add_fetch(&answered, 1, __ATOMIC_SEQ_CST);
}

static void short_threads(int count)
{
    enum { at_once = 20 };
    thread threads[at_once];
    int done = 0, i;
    while (done < count) {
        for (i = 0; i < at_once; i++)
            CHECK(thread_start(&threads[i], one_call, NULL));
        for (i = 0; i < at_once; i++)
            thread_join(&threads[i]);
        done += at_once;
    }
    CHECK(answered == count);
}

typedef struct {
    int32_t handle, token, status, ended;
} waiting;

static void wait_call(void *argument)
{
    waiting *w = argument;
    char request[64];
    snprintf(request, sizeof request, "{\"call_token\":%d}", w->token);
    w->status = call(&k, w->handle, "test.wait", request, NULL, 0);
}

/* cancelling ends each of some calls by its token; whether the call or the cancel comes first must not matter. */
static void cancelling(void)
{
    enum { count = 8, rounds = 25 };
    thread threads[count];
    waiting w[count];
    int i, round;
    for (round = 0; round < rounds; round++) {
        for (i = 0; i < count; i++) {
            w[i].handle = shared;
            w[i].token = next_token();
            w[i].status = KON_OK;
            CHECK(thread_start(&threads[i], wait_call, &w[i]));
        }
        if (round % 2)
            pause_ms(round % 5);
        for (i = 0; i < count; i++) {
            int32_t status = k.kon_cancel(shared, w[i].token);
            CHECK(status == KON_OK || status == KON_NOT_FOUND);
        }
        for (i = 0; i < count; i++) {
            thread_join(&threads[i]);
            CHECK(w[i].status == KON_CANCELLED);
        }
    }
    CHECK(call(&k, shared, "test.echo", "{}", NULL, 0) == KON_OK);
}

static void wait_event(void *argument)
{
    waiting *w = argument;
    char *answer = NULL;
    w->status = k.kon_next_event(w->handle, -1, &answer, NULL);
    k.kon_free(answer);
    __atomic_store_n(&w->ended, 1, __ATOMIC_SEQ_CST);
}

/* closing closes a handle on which calls and subscriptions run and threads wait for events. */
static void closing(void)
{
    enum { count = 8, rounds = 25 };
    thread threads[count];
    waiting w[count];
    int i, round;
    for (round = 0; round < rounds; round++) {
        int32_t h = open_test(&k), s = 0;
        CHECK(k.kon_subscribe(h, "test.wait", -1, NULL, 0, &s) == KON_OK);
        for (i = 0; i < count; i++) {
            w[i].handle = h;
            w[i].token = next_token();
            CHECK(thread_start(&threads[i], i % 2 ? wait_call : wait_event, &w[i]));
        }
        if (round % 2)
            pause_ms(round % 5);
        CHECK(k.kon_close(h) == KON_OK);
        for (i = 0; i < count; i++) {
            thread_join(&threads[i]);
            CHECK(w[i].status == KON_CLOSED || w[i].status == KON_BAD_HANDLE); /* it may come after the close */
        }
        CHECK(k.kon_unsubscribe(s) == KON_BAD_HANDLE);
    }
}

/* waking ends those who wait for events by cancelling all; one who begins to wait after that waits for the next. */
static void waking(void)
{
    thread t;
    waiting w;
    int32_t h = open_test(&k);
    w.handle = h;
    w.status = KON_OK;
    w.ended = 0;
    CHECK(thread_start(&t, wait_event, &w));
    do {
        pause_ms(100);
        CHECK(k.kon_cancel(h, 0) == KON_OK);
    } while (!__atomic_load_n(&w.ended, __ATOMIC_SEQ_CST));
    thread_join(&t);
    CHECK(w.status == KON_CANCELLED);
    CHECK(k.kon_close(h) == KON_OK);
}

static void cycles(int count)
{
    int i, good = 0;
    for (i = 0; i < count; i++) {
        int32_t h = 0;
        good += k.kon_open("{\"test\":true}", -1, &h, NULL, NULL) == KON_OK && k.kon_close(h) == KON_OK;
    }
    CHECK(good == count);
}

/* goroutines asks the library how many goroutines it has. */
static int goroutines(void)
{
    char text[64];
    CHECK(call(&k, shared, "test.goroutines", "{}", text, sizeof text) == KON_OK);
    return atoi(text + strlen("{\"count\":"));
}

int main(int argc, char **argv)
{
    thread threads[8];
    int i, before;
    (void)argc;
    must_load(&k, argv[1]);
    shared = open_test(&k);
    before = goroutines();
    for (i = 0; i < 8; i++)
        CHECK(thread_start(&threads[i], many_calls, NULL));
    for (i = 0; i < 8; i++)
        thread_join(&threads[i]);
    short_threads(3000);
    cancelling();
    closing();
    waking();
    cycles(10000);
    for (i = 0; i < 1500 && goroutines() > before; i++)
        pause_ms(20);
    CHECK(goroutines() <= before); /* nothing is left behind */
    CHECK(k.kon_close(shared) == KON_OK);
    return finish();
}
