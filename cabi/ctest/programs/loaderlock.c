/* A library whose DllMain calls libkonnektor, which the header forbids. Built as a DLL it is that library, else it is
   its host. The call waits for the Go runtime, and the Go runtime for the end of DllMain: the process stands still. */
#include "host.h"

#ifdef LOADERLOCK_DLL

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    (void)instance;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        char path[MAX_PATH];
        kon k;
        GetEnvironmentVariableA("KON_LIBRARY", path, sizeof path);
        if (load(&k, path))
            k.kon_set_log(NULL, 0, 0);
    }
    return TRUE;
}

#else

int main(int argc, char **argv)
{
    (void)argc;
    printf("begun\n");
    fflush(stdout);
    CHECK(LoadLibraryA(argv[1]) != NULL);
    return finish();
}

#endif
