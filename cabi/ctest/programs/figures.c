/* Measures one thing a run, named by the second argument, and prints lines of a name and a number. */
#include "host.h"

#ifndef _WIN32
#include <sys/resource.h>
#endif

static kon k;
static int32_t shared;

static void figure(const char *name, double value) { printf("%s %.3f\n", name, value); }

/* kilobytes is the memory of the process that is in use. */
static double kilobytes(void)
{
#ifdef _WIN32
    return 0;
#else
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%*s %ld", &pages) != 1)
        pages = 0;
    if (f != NULL)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
#endif
}

/* busy is the processor time of the process in seconds. */
static double busy(void)
{
#ifdef _WIN32
    return 0;
#else
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
#endif
}

/* file_text reads a whole file. */
static char *file_text(const char *path)
{
    static char text[65536];
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        exit(2);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    return text;
}

static void loading(const char *path)
{
    double begin = seconds(), loaded, called;
    must_load(&k, path);
    loaded = seconds();
    k.kon_set_log(NULL, 0, 0);
    called = seconds();
    figure("load-ms", (loaded - begin) * 1e3);
    figure("first-call-ms", (called - loaded) * 1e3);
    figure("memory-kB", kilobytes());
}

static void empty(int count)
{
    double begin = seconds();
    int i;
    for (i = 0; i < count; i++)
        k.kon_free(NULL);
    figure("crossing-ns", (seconds() - begin) / count * 1e9);
    shared = open_test(&k);
    begin = seconds();
    for (i = 0; i < count; i++)
        call(&k, shared, "test.echo", "{}", NULL, 0);
    figure("empty-operation-ns", (seconds() - begin) / count * 1e9);
}

static void many(void *argument)
{
    int i;
    (void)argument;
    for (i = 0; i < 1000; i++)
        if (call(&k, shared, "test.echo", "{}", NULL, 0) != KON_OK)
            CHECK(!"a call failed");
}

static void parallel(void)
{
    thread threads[8];
    double begin = seconds();
    int i;
    shared = open_test(&k);
    for (i = 0; i < 8; i++)
        thread_start(&threads[i], many, NULL);
    for (i = 0; i < 8; i++)
        thread_join(&threads[i]);
    figure("8x1000-calls-ms", (seconds() - begin) * 1e3);
}

/* handles opens a thousand handles with a real configuration. */
static void handles(const char *config)
{
    double before;
    int32_t h;
    int i;
    CHECK(k.kon_open(config, -1, &h, NULL, NULL) == KON_OK);
    before = kilobytes();
    for (i = 0; i < 1000; i++)
        CHECK(k.kon_open(config, -1, &h, NULL, NULL) == KON_OK);
    figure("idle-handle-kB", (kilobytes() - before) / 1000);
}

/* cycles opens and closes; memory is looked at after a tenth and at the end. */
static void cycles(const char *config, int count)
{
    double begin = seconds();
    int32_t h = 0;
    int i;
    for (i = 0; i < count; i++) {
        if (k.kon_open(config, -1, &h, NULL, NULL) != KON_OK || k.kon_close(h) != KON_OK)
            CHECK(!"a cycle failed");
        if (i == count / 10)
            figure("early-kB", kilobytes());
    }
    figure("late-kB", kilobytes());
    figure("cycle-us", (seconds() - begin) / count * 1e6);
}

/* reading repeats one operation with one request. */
static void reading(const char *config, const char *operation, const char *request, int count)
{
    double begin, work;
    int i;
    CHECK(k.kon_open(config, -1, &shared, NULL, NULL) == KON_OK);
    for (i = 0; i < 20; i++)
        CHECK(call(&k, shared, operation, request, NULL, 0) == KON_OK);
    begin = seconds();
    work = busy();
    for (i = 0; i < count; i++)
        if (call(&k, shared, operation, request, NULL, 0) != KON_OK)
            CHECK(!"a call failed");
    figure("wall-us", (seconds() - begin) / count * 1e6);
    figure("cpu-us", (busy() - work) / count * 1e6);
}

int main(int argc, char **argv)
{
    const char *what = argv[2];
    if (strcmp(what, "loading") == 0) {
        loading(argv[1]);
        return 0;
    }
    must_load(&k, argv[1]);
    if (strcmp(what, "empty") == 0)
        empty(atoi(argv[3]));
    else if (strcmp(what, "parallel") == 0)
        parallel();
    else if (strcmp(what, "handles") == 0)
        handles(file_text(argv[3]));
    else if (strcmp(what, "cycles") == 0)
        cycles(file_text(argv[3]), atoi(argv[4]));
    else if (strcmp(what, "reading") == 0 && argc == 7)
        reading(file_text(argv[3]), argv[4], argv[5], atoi(argv[6]));
    return failed != 0;
}
