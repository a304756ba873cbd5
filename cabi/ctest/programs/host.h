/* What the test programs share: the library loaded by its path, as a host would, checks that are counted, threads, and
   the state of the floating point unit. The last line of every program is "N passed, M failed". */
#ifndef HOST_H
#define HOST_H

#include "../../include/konnektor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>
#endif

/* FUNCTIONS is every function of the header. */
#define FUNCTIONS(X)                                                                                                   \
    X(kon_abi_version) X(kon_version) X(kon_open) X(kon_close) X(kon_call) X(kon_call_buf) X(kon_subscribe)            \
    X(kon_unsubscribe) X(kon_next_event) X(kon_cancel) X(kon_free) X(kon_set_log) X(kon_json_get)

typedef struct {
    void *library;
#define MEMBER(f) __typeof__(&f) f;
    FUNCTIONS(MEMBER)
#undef MEMBER
} kon;

static int passed, failed;

/* check counts a check and names one that fails. */
static int check(int ok, const char *what, int line)
{
    if (ok) {
        __atomic_add_fetch(&passed, 1, __ATOMIC_SEQ_CST);
    } else {
        __atomic_add_fetch(&failed, 1, __ATOMIC_SEQ_CST);
        printf("failed: line %d: %s\n", line, what);
    }
    return ok;
}

#define CHECK(condition) check((condition) != 0, #condition, __LINE__)

/* finish prints the closing line; its result is that of main. */
static int finish(void)
{
    printf("%d passed, %d failed\n", passed, failed);
    fflush(stdout);
    return failed != 0;
}

static void *library_open(const char *path)
{
#ifdef _WIN32
    return (void *)LoadLibraryExA(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
#elif defined(LIBRARY_OPEN)
    return LIBRARY_OPEN(path);
#else
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
#endif
}

static void *library_symbol(void *library, const char *name)
{
#ifdef _WIN32
    return (void *)(uintptr_t)GetProcAddress((HMODULE)library, name);
#else
    return dlsym(library, name);
#endif
}

static int library_close(void *library)
{
#ifdef _WIN32
    return FreeLibrary((HMODULE)library) != 0;
#else
    return dlclose(library) == 0;
#endif
}

/* load opens the library and finds all functions. */
static int load(kon *k, const char *path)
{
    k->library = library_open(path);
    if (k->library == NULL)
        return 0;
#define FIND(f)                                                      \
    *(void **)&k->f = library_symbol(k->library, #f);                \
    if (k->f == NULL)                                                \
        return 0;
    FUNCTIONS(FIND)
#undef FIND
    return 1;
}

/* must_load ends the program when the library cannot be loaded. */
static void must_load(kon *k, const char *path)
{
    if (!load(k, path)) {
        printf("failed: cannot load %s\n0 passed, 1 failed\n", path);
        exit(1);
    }
}

/* open_test opens a handle with the operations of the build for tests. */
static int32_t open_test(const kon *k)
{
    int32_t handle = 0;
    CHECK(k->kon_open("{\"test\":true}", -1, &handle, NULL, NULL) == KON_OK);
    return handle;
}

/* call runs an operation and keeps the beginning of its document in text, if that is not NULL. */
static int32_t call(const kon *k, int32_t handle, const char *operation, const char *request, char *text, size_t size)
{
    char *answer = NULL;
    int32_t length = -1;
    int32_t status = k->kon_call(handle, operation, -1, request, -1, &answer, &length);
    if (text != NULL)
        snprintf(text, size, "%s", answer == NULL ? "" : answer);
    if (answer != NULL && strlen(answer) != (size_t)length)
        check(0, "the length of a document is wrong", __LINE__);
    k->kon_free(answer);
    return status;
}

/* Threads. */

typedef struct {
    void (*run)(void *);
    void *argument;
#ifdef _WIN32
    HANDLE id;
#else
    pthread_t id;
#endif
} thread;

#ifdef _WIN32
static DWORD WINAPI thread_main(LPVOID p)
{
    ((thread *)p)->run(((thread *)p)->argument);
    return 0;
}
#else
static void *thread_main(void *p)
{
    ((thread *)p)->run(((thread *)p)->argument);
    return NULL;
}
#endif

static int thread_start(thread *t, void (*run)(void *), void *argument)
{
    t->run = run;
    t->argument = argument;
#ifdef _WIN32
    t->id = CreateThread(NULL, 0, thread_main, t, 0, NULL);
    return t->id != NULL;
#else
    return pthread_create(&t->id, NULL, thread_main, t) == 0;
#endif
}

static void thread_join(thread *t)
{
#ifdef _WIN32
    WaitForSingleObject(t->id, INFINITE);
    CloseHandle(t->id);
#else
    pthread_join(t->id, NULL);
#endif
}

static void pause_ms(int ms)
{
#ifdef _WIN32
    Sleep((DWORD)ms);
#else
    usleep((useconds_t)ms * 1000);
#endif
}

/* seconds is a clock. */
static double seconds(void)
{
#ifdef _WIN32
    LARGE_INTEGER now, frequency;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return (double)now.QuadPart / (double)frequency.QuadPart;
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
#endif
}

/* Floating point: the control words. Delphi up to 11 and Free Pascal run with these, which unmask invalid operation,
   division by zero and overflow. */
#define DELPHI_MXCSR 0x1900u
#define DELPHI_CONTROL 0x1372u

static uint32_t get_mxcsr(void)
{
    uint32_t v;
    __asm__ volatile("stmxcsr %0" : "=m"(v));
    return v;
}

static uint16_t get_control(void)
{
    uint16_t v;
    __asm__ volatile("fnstcw %0" : "=m"(v));
    return v;
}

static void set_float(uint32_t mxcsr, uint16_t control)
{
    __asm__ volatile("fnclex");
    __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
    __asm__ volatile("fldcw %0" : : "m"(control));
}

static void set_float_control(uint16_t control) { __asm__ volatile("fldcw %0" : : "m"(control)); }

#endif
