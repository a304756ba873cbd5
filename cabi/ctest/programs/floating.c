/* A host whose floating point exceptions are unmasked, as in Delphi up to 11: loading and every function leave its
   settings alone, and Go divides by zero in peace on every thread. */
#include "host.h"

static kon k;

static int as_set(void) { return get_mxcsr() == DELPHI_MXCSR && get_control() == DELPHI_CONTROL; }

/* settings calls every function and looks at the settings after each. */
static void settings(void)
{
    char *answer = NULL, buffer[200];
    int32_t h = 0, s = 0, n = 0;
    k.kon_abi_version();
    CHECK(as_set());
    k.kon_version();
    CHECK(as_set());
    CHECK(k.kon_open("{\"test\":true}", -1, &h, &answer, NULL) == KON_OK);
    CHECK(as_set());
    CHECK(k.kon_call(h, "test.float", -1, NULL, 0, &answer, NULL) == KON_OK);
    CHECK(as_set());
    CHECK(answer != NULL && strstr(answer, "+Inf NaN +Inf 0 NaN 0.333333") != NULL);
    CHECK(k.kon_free(answer) == KON_OK);
    CHECK(as_set());
    CHECK(k.kon_call_buf(h, "test.float", -1, NULL, 0, buffer, sizeof buffer, &n) == KON_OK);
    CHECK(as_set());
    CHECK(k.kon_subscribe(h, "test.float", -1, NULL, 0, &s) == KON_OK);
    CHECK(as_set());
    CHECK(k.kon_next_event(s, 10000, &answer, NULL) == KON_OK);
    CHECK(as_set());
    CHECK(answer != NULL && strstr(answer, "+Inf NaN +Inf 0 NaN 0.333333") != NULL);
    k.kon_free(answer);
    CHECK(k.kon_unsubscribe(s) == KON_BAD_HANDLE);
    CHECK(as_set());
    CHECK(k.kon_json_get("{\"a\":1}", -1, "/a", -1, NULL, &answer, NULL) == KON_OK);
    CHECK(as_set());
    k.kon_free(answer);
    CHECK(k.kon_cancel(h, 0) == KON_OK);
    CHECK(as_set());
    CHECK(k.kon_set_log(NULL, 0, 0) == KON_OK);
    CHECK(as_set());
    CHECK(call(&k, h, "test.panic", "{}", NULL, 0) == KON_INTERNAL);
    CHECK(as_set());
    CHECK(k.kon_close(h) == KON_OK);
    CHECK(as_set());
}

static void on_thread(void *argument)
{
    (void)argument;
    set_float(DELPHI_MXCSR, DELPHI_CONTROL);
    settings();
}

/* pending enters the library with exceptions that the host has raised and not yet noticed. */
static void pending(void)
{
    double one = 1;
    set_float(0x1F80, 0x037F);
    __asm__ volatile("fldl %0; fldz; fdivrp; fstp %%st(0)" : : "m"(one));
    __asm__ volatile("movsd %0, %%xmm0; xorpd %%xmm1, %%xmm1; divsd %%xmm1, %%xmm0" : : "m"(one) : "xmm0", "xmm1");
    CHECK((get_mxcsr() & 4) != 0);
    set_float_control(DELPHI_CONTROL); /* from here on the next x87 instruction would strike */
    CHECK(k.kon_set_log(NULL, 0, 0) == KON_OK);
    CHECK(get_control() == DELPHI_CONTROL);
    CHECK((get_mxcsr() & 4) != 0); /* the flag of the host is still set */
}

int main(int argc, char **argv)
{
    thread threads[4];
    int i;
    (void)argc;
    set_float(DELPHI_MXCSR, DELPHI_CONTROL);
    must_load(&k, argv[1]);
    CHECK(as_set());
    settings();
    for (i = 0; i < 4; i++)
        CHECK(thread_start(&threads[i], on_thread, NULL));
    for (i = 0; i < 4; i++)
        thread_join(&threads[i]);
    CHECK(as_set());
    pending();
    return finish();
}
