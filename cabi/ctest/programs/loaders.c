/* Every way in which the loader of Linux brings the library in, since it relocates itself (cabi/internal/relr). The
   second argument names the way; the environment is that of the test. */
#define _GNU_SOURCE
#include <dlfcn.h>

static void *open_somehow(const char *path);
#define LIBRARY_OPEN open_somehow
#include "host.h"

static const char *way;

static void *open_somehow(const char *path)
{
    if (strcmp(way, "lazy") == 0)
        return dlopen(path, RTLD_LAZY);
    if (strcmp(way, "global") == 0)
        return dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (strcmp(way, "deepbind") == 0)
        return dlopen(path, RTLD_NOW | RTLD_DEEPBIND);
    if (strcmp(way, "namespace") == 0)
        return dlmopen(LM_ID_NEWLM, path, RTLD_NOW);
    return dlopen(path, RTLD_NOW);
}

static void use(const char *path)
{
    kon k;
    int32_t h;
    must_load(&k, path);
    h = open_test(&k);
    CHECK(call(&k, h, "test.echo", "{\"text\":\"a\"}", NULL, 0) == KON_OK);
    CHECK(call(&k, h, "test.nil", "{}", NULL, 0) == KON_INTERNAL);
    CHECK(k.kon_close(h) == KON_OK);
}

int main(int argc, char **argv)
{
    (void)argc;
    way = "usual";
    if (strcmp(argv[2], "namespace-beside") == 0) {
        use(argv[1]); /* a second copy, with variables of its own */
        way = "namespace";
    } else {
        way = argv[2];
    }
    use(argv[1]);
    use(argv[1]); /* again: it must not relocate itself twice */
    return finish();
}

/* The auditor of LD_AUDIT, which sees every library before it is relocated. */
unsigned la_version(unsigned version);
unsigned la_version(unsigned version) { return version; }
