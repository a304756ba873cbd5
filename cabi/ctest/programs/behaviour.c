/* Everything the functions promise, one after the other on one thread, with arguments as hostile as they come. */
#include "host.h"

static kon k;

/* expect_document takes a document that must be there, holds the text, and frees it. */
static void expect_document(char *answer, int32_t length, const char *part, int line)
{
    check(answer != NULL && length == (int32_t)strlen(answer), "document with its length", line);
    check(answer != NULL && strstr(answer, part) != NULL, part, line);
    check(k.kon_free(answer) == KON_OK, "free", line);
}

static void versions(void)
{
    CHECK(k.kon_abi_version() == KON_ABI);
    CHECK(strchr(k.kon_version(), '.') != NULL);
}

static void opening(void)
{
    char *answer = NULL;
    int32_t handle = 5, length = 0, second = 0;
    CHECK(k.kon_open("{", -1, &handle, &answer, &length) == KON_FAILED);
    CHECK(handle == 0);
    expect_document(answer, length, "\"kind\":\"config\"", __LINE__);
    CHECK(k.kon_open(NULL, 0, &handle, &answer, &length) == KON_FAILED);
    expect_document(answer, length, "config", __LINE__);
    CHECK(k.kon_open(NULL, -1, &handle, NULL, NULL) == KON_FAILED);
    CHECK(k.kon_open("{\"test\":true}", 13, NULL, &answer, &length) == KON_BAD_ARGUMENT);
    CHECK(k.kon_open("{\"test\":true}", 13, &handle, &answer, &length) == KON_OK);
    CHECK(answer == NULL && length == 0 && handle > 0);
    CHECK(k.kon_open("{\"test\":true}", -1, &second, NULL, NULL) == KON_OK);
    CHECK(second > handle);
    CHECK(k.kon_close(handle) == KON_OK);
    CHECK(k.kon_close(handle) == KON_BAD_HANDLE);
    CHECK(call(&k, handle, "test.echo", "{}", NULL, 0) == KON_BAD_HANDLE);
    CHECK(k.kon_close(second) == KON_OK);
    CHECK(k.kon_open("{\"test\":true}", -1, &handle, NULL, NULL) == KON_OK);
    CHECK(handle > second); /* never used twice */
    CHECK(k.kon_close(handle) == KON_OK);
    CHECK(k.kon_close(0) == KON_BAD_HANDLE);
    CHECK(k.kon_close(-1) == KON_BAD_HANDLE);
    CHECK(k.kon_close(INT32_MAX) == KON_BAD_HANDLE);
    CHECK(k.kon_close(INT32_MIN) == KON_BAD_HANDLE);
}

static void calling(int32_t h)
{
    static const char words[] = "{\"text\":\"M\xc3\xbcller \xe2\x82\xac \xf0\x9f\x92\x89\"}";
    char text[200], *answer = NULL;
    int32_t length = 0;
    CHECK(call(&k, h, "test.echo", words, text, sizeof text) == KON_OK);
    CHECK(strcmp(text, words) == 0);
    CHECK(k.kon_call(h, "test.echo+", 9, words, (int32_t)strlen(words), &answer, NULL) == KON_OK);
    CHECK(answer != NULL && strcmp(answer, words) == 0);
    k.kon_free(answer);
    CHECK(call(&k, h, "test.echo", "", NULL, 0) == KON_OK);
    CHECK(k.kon_call(h, "test.echo", -1, NULL, 0, &answer, &length) == KON_OK);
    expect_document(answer, length, "{\"text\":\"\"}", __LINE__);
    CHECK(call(&k, h, "no.such.operation", "{}", text, sizeof text) == KON_FAILED);
    CHECK(strstr(text, "\"kind\":\"unknown-operation\"") != NULL);
    CHECK(call(&k, h, "test.echo", "no JSON", text, sizeof text) != KON_OK);
    CHECK(call(&k, h, "test.echo", "{\"text\":\"a\",\"call_token\":7}", text, sizeof text) == KON_OK);
    CHECK(strcmp(text, "{\"text\":\"a\"}") == 0);
    CHECK(call(&k, h, "test.echo", "{\"call_token\":0}", NULL, 0) == KON_BAD_ARGUMENT);
    CHECK(call(&k, h, "test.echo", "{\"call_token\":2147483648}", NULL, 0) == KON_BAD_ARGUMENT);
    CHECK(call(&k, h, "test.echo", "{\"call_token\":\"7\"}", NULL, 0) == KON_BAD_ARGUMENT);
}

static void hostile(int32_t h)
{
    char *answer = (char *)&k, *large;
    const int32_t size = 100 << 20;
    int32_t length = 9;
    CHECK(k.kon_call(h, NULL, -1, NULL, -1, &answer, &length) == KON_FAILED);
    CHECK(k.kon_free(answer) == KON_OK);
    CHECK(k.kon_call(h, NULL, 5, "{}", 2, &answer, &length) == KON_BAD_ARGUMENT);
    CHECK(answer == NULL && length == 0);
    CHECK(k.kon_call(h, "test.echo", 9, NULL, 2, &answer, &length) == KON_BAD_ARGUMENT);
    CHECK(k.kon_call(h, "test.echo", 9, "{}", -2, &answer, &length) == KON_BAD_ARGUMENT);
    CHECK(k.kon_call(h, "test.echo", INT32_MIN, "{}", 2, &answer, &length) == KON_BAD_ARGUMENT);
    CHECK(k.kon_call(h, "test.echo", 9, "{}", INT32_MAX, &answer, &length) == KON_TOO_LARGE);
    CHECK(k.kon_call(h, "test.echo", INT32_MAX, "{}", 2, &answer, &length) == KON_TOO_LARGE);
    CHECK(k.kon_call(h, "test.echo", 9, "{}", 2, NULL, &length) == KON_BAD_ARGUMENT);
    CHECK(k.kon_call(h, "test.echo", 9, "{\"text\":\"\xff\"}", -1, &answer, &length) == KON_BAD_TEXT);
    CHECK(k.kon_call(h, "test.echo", 9, "{\"text\":\"\xed\xa0\x80\"}", -1, &answer, &length) == KON_BAD_TEXT);
    CHECK(k.kon_call(h, "\xff", 1, "{}", 2, &answer, &length) == KON_BAD_TEXT);
    CHECK(k.kon_call(h, "test.echo", 9, "{\0}", 3, &answer, &length) != KON_OK);
    k.kon_free(answer);
    large = malloc((size_t)size);
    if (large != NULL) {
        memset(large, ' ', (size_t)size);
        CHECK(k.kon_call(h, "test.echo", 9, large, size, &answer, &length) == KON_TOO_LARGE);
        large[size - 1] = 0;
        CHECK(k.kon_call(h, "test.echo", 9, large, -1, &answer, &length) == KON_TOO_LARGE);
        free(large);
    }
    CHECK(k.kon_next_event(h, -2, &answer, &length) == KON_BAD_ARGUMENT);
    CHECK(k.kon_next_event(h, 0, NULL, &length) == KON_BAD_ARGUMENT);
    CHECK(k.kon_cancel(h, -1) == KON_BAD_ARGUMENT);
    CHECK(k.kon_cancel(0, 1) == KON_BAD_HANDLE);
    CHECK(k.kon_subscribe(h, "test.wait", -1, NULL, 0, NULL) == KON_BAD_ARGUMENT);
    CHECK(k.kon_unsubscribe(h) == KON_BAD_HANDLE); /* a handle is no subscription */
    CHECK(k.kon_set_log(NULL, 3, 1) == KON_BAD_ARGUMENT);
    CHECK(k.kon_set_log("x.log", -1, 0) == KON_BAD_ARGUMENT);
    CHECK(k.kon_set_log("x.log", -1, 5) == KON_BAD_ARGUMENT);
    CHECK(k.kon_set_log("no/such/folder/x.log", -1, 1) == KON_FAILED);
    CHECK(k.kon_set_log(NULL, 0, 0) == KON_OK);
}

static void freeing(int32_t h)
{
    char *answer = NULL, here[64];
    memset(here, 'x', sizeof here);
    CHECK(k.kon_free(NULL) == KON_OK);
    CHECK(k.kon_free(here + 16) == KON_BAD_ARGUMENT);
    CHECK(k.kon_free((char *)(uintptr_t)1) == KON_BAD_ARGUMENT);
    CHECK(k.kon_free((char *)k.kon_version()) == KON_BAD_ARGUMENT);
    CHECK(k.kon_call(h, "test.echo", -1, NULL, 0, &answer, NULL) == KON_OK);
    CHECK(k.kon_free(answer + 1) == KON_BAD_ARGUMENT);
    CHECK(k.kon_free(answer) == KON_OK);
    CHECK(k.kon_free(answer) == KON_BAD_ARGUMENT);
}

static void buffers(int32_t h)
{
    static const char request[] = "{\"text\":\"0123456789\"}";
    char buffer[64];
    int32_t needed = 0, i, n = (int32_t)strlen(request);
    memset(buffer, '#', sizeof buffer);
    CHECK(k.kon_call_buf(h, "test.echo", -1, request, n, NULL, 0, &needed) == KON_SMALL_BUFFER);
    CHECK(needed == n);
    CHECK(k.kon_call_buf(h, "test.echo", -1, request, n, buffer, n, &needed) == KON_SMALL_BUFFER); /* no room for NUL */
    for (i = 0; i < (int32_t)sizeof buffer && buffer[i] == '#'; i++)
        ;
    CHECK(i == (int32_t)sizeof buffer);
    CHECK(k.kon_call_buf(h, "test.echo", -1, request, n, buffer, n + 1, &needed) == KON_OK);
    CHECK(needed == n && strcmp(buffer, request) == 0 && buffer[n + 1] == '#');
    CHECK(k.kon_call_buf(h, "no.such", -1, NULL, 0, buffer, 3, &needed) == KON_SMALL_BUFFER);
    CHECK(k.kon_call_buf(h, "test.echo", -1, NULL, 0, NULL, 5, &needed) == KON_BAD_ARGUMENT);
    CHECK(k.kon_call_buf(h, "test.echo", -1, NULL, 0, buffer, -1, &needed) == KON_BAD_ARGUMENT);
    CHECK(k.kon_call_buf(h, "test.echo", -1, NULL, 0, buffer, 64, NULL) == KON_BAD_ARGUMENT);
    CHECK(k.kon_call_buf(0, "test.echo", -1, NULL, 0, buffer, 64, &needed) == KON_BAD_HANDLE);
}

/* next takes an event that must hold the text. */
static void next(int32_t handle, const char *part, int line)
{
    char *answer = NULL;
    int32_t length = 0;
    check(k.kon_next_event(handle, 60000, &answer, &length) == KON_OK, "next event", line);
    expect_document(answer, length, part, line);
}

/* emitted is how many events test.events has given so far. */
static int emitted(int32_t h)
{
    char text[64];
    CHECK(call(&k, h, "test.emitted", "{}", text, sizeof text) == KON_OK);
    return atoi(text + strlen("{\"count\":"));
}

static void events(int32_t h)
{
    int32_t s = 0, other = 0;
    char *answer = NULL;
    CHECK(k.kon_next_event(h, 0, &answer, NULL) == KON_TIMEOUT && answer == NULL);
    CHECK(k.kon_next_event(h, 30, &answer, NULL) == KON_TIMEOUT);
    CHECK(k.kon_subscribe(h, "test.events", -1, "{\"count\":2}", -1, &s) == KON_OK);
    CHECK(s > h);
    next(h, "\"number\":0", __LINE__);
    next(s, "\"number\":1", __LINE__);
    next(h, "\"kind\":\"end\"", __LINE__);
    CHECK(k.kon_next_event(s, 0, &answer, NULL) == KON_BAD_HANDLE); /* forgotten after its end */
    CHECK(k.kon_unsubscribe(s) == KON_BAD_HANDLE);
    CHECK(k.kon_subscribe(h, "test.wait", -1, NULL, 0, &s) == KON_OK);
    CHECK(k.kon_subscribe(h, "test.wait", -1, NULL, 0, &other) == KON_OK);
    CHECK(other > s);
    CHECK(k.kon_next_event(s, 0, &answer, NULL) == KON_TIMEOUT);
    CHECK(k.kon_unsubscribe(s) == KON_OK);
    CHECK(k.kon_unsubscribe(s) == KON_BAD_HANDLE);
    CHECK(k.kon_unsubscribe(other) == KON_OK);
    CHECK(k.kon_subscribe(h, "test.events", -1, "{\"count\":1000}", -1, &s) == KON_OK);
    while (emitted(h) < 1000)
        pause_ms(10);
    next(s, "\"kind\":\"dropped\",\"count\":74", __LINE__); /* of 1000 and the end, if that is there, 256 are kept */
    CHECK(k.kon_unsubscribe(s) == KON_OK);
    CHECK(k.kon_subscribe(h, "test.panic", -1, NULL, 0, &s) == KON_OK);
    next(s, "\"kind\":\"internal\"", __LINE__);
    CHECK(k.kon_subscribe(h, "no.such", -1, NULL, 0, &s) == KON_OK);
    next(s, "\"kind\":\"unknown-operation\"", __LINE__);
}

static void defects(int32_t h)
{
    char text[400];
    CHECK(call(&k, h, "test.panic", "{\"text\":\"on purpose\"}", text, sizeof text) == KON_INTERNAL);
    CHECK(strstr(text, "\"kind\":\"internal\"") != NULL && strstr(text, "on purpose") == NULL);
    CHECK(call(&k, h, "test.nil", "{}", text, sizeof text) == KON_INTERNAL);
    CHECK(call(&k, h, "test.collect", "{\"count\":50}", NULL, 0) == KON_OK);
    CHECK(call(&k, h, "test.deep", "{\"count\":1000000}", text, sizeof text) == KON_OK);
    CHECK(strstr(text, "1000000") != NULL);
    CHECK(call(&k, h, "test.float", "{}", text, sizeof text) == KON_OK);
    CHECK(strstr(text, "+Inf NaN +Inf 0 NaN 0.333333") != NULL);
    CHECK(call(&k, h, "test.pipe", "{}", text, sizeof text) == KON_OK);
    CHECK(call(&k, h, "test.echo", "{}", NULL, 0) == KON_OK);
}

/* get checks one value of a JSON text. */
static void get(const char *json, const char *pointer, int32_t status, int32_t kind, const char *value, int line)
{
    char *answer = NULL;
    int32_t length = 0, found = -1;
    check(k.kon_json_get(json, -1, pointer, -1, &found, &answer, &length) == status, pointer, line);
    if (status == KON_OK) {
        check(found == kind, "kind", line);
        check(answer != NULL && length == (int32_t)strlen(value) && strcmp(answer, value) == 0, value, line);
    } else {
        check(answer == NULL && length == 0, "no value", line);
    }
    k.kon_free(answer);
}

static void pointers(void)
{
    static const char json[] = "{\"a\":{\"b/c\":[10,\"\\u00fc\",null,true,{}]},\"\":1.5e3,\"~\":\"\"}";
    char *answer = NULL;
    get(json, "", KON_OK, KON_JSON_OBJECT, json, __LINE__);
    get(json, "/a/b~1c/0", KON_OK, KON_JSON_NUMBER, "10", __LINE__);
    get(json, "/a/b~1c/1", KON_OK, KON_JSON_STRING, "\xc3\xbc", __LINE__);
    get(json, "/a/b~1c/2", KON_OK, KON_JSON_NULL, "null", __LINE__);
    get(json, "/a/b~1c/3", KON_OK, KON_JSON_BOOL, "true", __LINE__);
    get(json, "/a/b~1c/4", KON_OK, KON_JSON_OBJECT, "{}", __LINE__);
    get(json, "/a/b~1c/#", KON_OK, KON_JSON_NUMBER, "5", __LINE__);
    get(json, "/", KON_OK, KON_JSON_NUMBER, "1.5e3", __LINE__);
    get(json, "/~0", KON_OK, KON_JSON_STRING, "", __LINE__);
    get(json, "/a/b~1c/5", KON_NOT_FOUND, 0, "", __LINE__);
    get(json, "/a/b~1c/-", KON_NOT_FOUND, 0, "", __LINE__);
    get(json, "/a/b~1c/01", KON_NOT_FOUND, 0, "", __LINE__);
    get(json, "/none", KON_NOT_FOUND, 0, "", __LINE__);
    get(json, "a", KON_BAD_ARGUMENT, 0, "", __LINE__);
    get("{", "", KON_BAD_TEXT, 0, "", __LINE__);
    get("", "", KON_BAD_TEXT, 0, "", __LINE__);
    get("{\"a\":\"\xff\"}", "/a", KON_BAD_TEXT, 0, "", __LINE__);
    CHECK(k.kon_json_get(json, -1, "", 0, NULL, NULL, NULL) == KON_BAD_ARGUMENT);
    CHECK(k.kon_json_get(json, -1, "/a", -1, NULL, &answer, NULL) == KON_OK);
    k.kon_free(answer);
}

int main(int argc, char **argv)
{
    int32_t h;
    (void)argc;
    must_load(&k, argv[1]);
    versions();
    opening();
    h = open_test(&k);
    calling(h);
    hostile(h);
    freeing(h);
    buffers(h);
    events(h);
    defects(h);
    pointers();
    CHECK(k.kon_close(h) == KON_OK);
    return finish();
}
