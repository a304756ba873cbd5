/* A stand-in for Windows' bcryptprimitives.dll, for Wine 8.0, which lacks it: Go programs start with ProcessPrng.
   Test-only; never shipped. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length); /* RtlGenRandom of advapi32 */

BOOL WINAPI stubProcessPrng(unsigned char *buffer, SIZE_T length)
{
    while (length > 0) {
        ULONG part = length > 0x10000000u ? 0x10000000u : (ULONG)length;
        if (!SystemFunction036(buffer, part))
            return FALSE;
        buffer += part;
        length -= part;
    }
    return TRUE;
}
