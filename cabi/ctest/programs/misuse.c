/* One misuse a process, which the address sanitizer must find: inside the library too, because it is built with it. */
#include "host.h"

static kon k;

int main(int argc, char **argv)
{
    char *answer = NULL;
    int32_t h, needed = 0;
    const char *what = argv[2];
    (void)argc;
    must_load(&k, argv[1]);
    h = open_test(&k);
    if (strcmp(what, "none") == 0) {
        CHECK(k.kon_call(h, "test.echo", -1, "{}", -1, &answer, NULL) == KON_OK);
        k.kon_free(answer);
    } else if (strcmp(what, "leak") == 0) {
        k.kon_call(h, "test.large", -1, "{\"count\":5000}", -1, &answer, NULL);
        answer = NULL;
    } else if (strcmp(what, "use-after-free") == 0) {
        k.kon_call(h, "test.echo", -1, "{}", -1, &answer, NULL);
        k.kon_free(answer);
        CHECK(answer[0] == '{');
    } else if (strcmp(what, "wrong-free") == 0) {
        k.kon_call(h, "test.echo", -1, "{}", -1, &answer, NULL);
        k.kon_free(answer);
        free(answer);
    } else if (strcmp(what, "lying-buffer") == 0) {
        char *buffer = malloc(10);
        k.kon_call_buf(h, "test.large", -1, "{\"count\":100}", -1, buffer, 200, &needed);
        free(buffer);
    } else if (strcmp(what, "lying-length") == 0) {
        char *request = malloc(2);
        memcpy(request, "{}", 2);
        k.kon_call(h, "test.echo", -1, request, 30, &answer, NULL);
        free(request);
    } else if (strcmp(what, "no-nul") == 0) {
        char *request = malloc(2);
        memcpy(request, "{}", 2);
        k.kon_call(h, "test.echo", -1, request, -1, &answer, NULL);
        free(request);
    }
    k.kon_close(h);
    return finish();
}
