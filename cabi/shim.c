/* The public functions. Each one puts the floating point unit into the state that Go expects, calls the Go function of
   the same name and puts back what the host had. What only C can do at load and after the start of the Go runtime stands
   here too; everything else is in Go. */
#include "include/konnektor.h"
#include "_cgo_export.h"
#include "version.h"

#include <stddef.h>

#ifdef _WIN32
#include <windows.h>
#endif
#ifdef __linux__
#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#endif

/* 32-bit hosts align the stack to 4 bytes; gcc counts on 16. */
#ifdef __i386__
#define EXPORTED __attribute__((force_align_arg_pointer))
#else
#define EXPORTED
#endif

/* Floating point. Delphi up to 11 unmasks exceptions that Go must not meet, and Go changes the control word of the x87
   on 32 bit; see README.md, "Floating point". */

typedef struct {
    uint32_t mxcsr;
    uint16_t control;
} fpu_state;

static const uint32_t masked_mxcsr = 0x1F80;  /* all exceptions masked, no flag set, round to nearest */
static const uint16_t masked_control = 0x037F; /* the same for the x87, 64 bits of precision */

static fpu_state fpu_enter(void)
{
    fpu_state host;
    __asm__ volatile("stmxcsr %0" : "=m"(host.mxcsr));
    __asm__ volatile("fnstcw %0" : "=m"(host.control));
    __asm__ volatile("fnclex");
    __asm__ volatile("fldcw %0" : : "m"(masked_control));
    __asm__ volatile("ldmxcsr %0" : : "m"(masked_mxcsr));
    return host;
}

static void fpu_leave(fpu_state host)
{
    __asm__ volatile("fnclex"); /* else a pending exception would strike in the host */
    __asm__ volatile("fldcw %0" : : "m"(host.control));
    __asm__ volatile("ldmxcsr %0" : : "m"(host.mxcsr));
}

#if defined(__linux__)

/* The library relocates itself; internal/relr says why. kon_relocate is its DT_INIT: the loader calls it when its own
   relocations are done and before it looks at the constructors. It must not use what is not relocated yet: it reads
   the dynamic section, which it finds by its distance, and calls the kernel by itself. Without a packed list, as in the
   build for the address sanitizer, it does nothing. */

enum { tag_relr = 0x6b6f6e31, tag_relr_size = 0x6b6f6e32, page = 4096 };

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));
extern ElfW(Dyn) _DYNAMIC[] __attribute__((visibility("hidden")));
void kon_relocate(void) __attribute__((visibility("hidden")));

/* protect changes what may be done with what the loader has made read-only already. */
static void protect(uintptr_t base, long rights)
{
    const ElfW(Phdr) *h = (const ElfW(Phdr) *)(base + __ehdr_start.e_phoff);
    for (int i = 0; i < __ehdr_start.e_phnum; i++, h++) {
        if (h->p_type == PT_GNU_RELRO) {
            uintptr_t first = (base + h->p_vaddr) & -(uintptr_t)page;
            uintptr_t end = (base + h->p_vaddr + h->p_memsz) & -(uintptr_t)page;
            long result;
            __asm__ volatile("syscall"
                             : "=a"(result)
                             : "a"((long)SYS_mprotect), "D"(first), "S"(end - first), "d"(rights)
                             : "rcx", "r11", "memory");
            (void)result; /* the kernel has just done the same for the loader */
        }
    }
}

/* kon_relocate adds the address of the library to the words that the list names. An even entry is the place of one and
   an odd one says, bit by bit, which of the next 63 follow. */
void kon_relocate(void)
{
    uintptr_t base = (uintptr_t)&__ehdr_start;
    const uintptr_t *entry = NULL, *end = NULL;
    uintptr_t *word = NULL, size = 0;
    for (const ElfW(Dyn) *d = _DYNAMIC; d->d_tag != DT_NULL; d++) {
        if (d->d_tag == tag_relr)
            entry = (const uintptr_t *)(base + d->d_un.d_ptr);
        else if (d->d_tag == tag_relr_size)
            size = d->d_un.d_val;
    }
    if (entry == NULL)
        return;
    protect(base, PROT_READ | PROT_WRITE);
    for (end = entry + size / sizeof *entry; entry < end; entry++) {
        if ((*entry & 1) == 0) {
            word = (uintptr_t *)(base + *entry);
            *word++ += base;
            continue;
        }
        uintptr_t bits = *entry >> 1;
        for (int i = 0; bits != 0; i++, bits >>= 1)
            if (bits & 1)
                word[i] += base;
        word += 63;
    }
    protect(base, PROT_READ);
}

/* Threads inherit the state of the one that makes them, and the Go runtime makes its first ones while the library is
   loaded: before it, between priority 101 and the constructors without one, the state is masked. */
static fpu_state fpu_loading;

__attribute__((constructor(101))) static void mask_while_loading(void) { fpu_loading = fpu_enter(); }
__attribute__((constructor)) static void restore_after_loading(void) { fpu_leave(fpu_loading); }

static void after_call(void) {}

#elif defined(_WIN32)

static LPTOP_LEVEL_EXCEPTION_FILTER host_filter;
static volatile LONG filter_restored;
static HMODULE self;

/* Freeing a library with Go inside crashes the host, so it stays; and the host's filter for unhandled exceptions is
   noted before the Go runtime of 32 bit replaces it. */
__attribute__((constructor)) static void pin(void)
{
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCSTR)(void *)&pin,
                       &self);
    host_filter = SetUnhandledExceptionFilter(NULL);
    SetUnhandledExceptionFilter(host_filter);
}

/* after_call gives the host its filter back, once, when the first call has returned and the Go runtime is up. A filter
   that somebody else has set in the meantime stays. */
static void after_call(void)
{
    LPTOP_LEVEL_EXCEPTION_FILTER current;
    HMODULE owner = NULL;
    if (filter_restored || InterlockedExchange(&filter_restored, 1))
        return;
    current = SetUnhandledExceptionFilter(host_filter);
    if (current == NULL || current == host_filter)
        return;
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                       (LPCSTR)(void *)current, &owner);
    if (owner != self)
        SetUnhandledExceptionFilter(current);
}

#endif

/* GUARDED calls a Go function and returns what it returns. */
#define GUARDED(call)                  \
    do {                               \
        fpu_state host = fpu_enter();  \
        int32_t status = (call);       \
        after_call();                  \
        fpu_leave(host);               \
        return status;                 \
    } while (0)

EXPORTED int32_t KON_CALL kon_abi_version(void) { return KON_ABI; }

EXPORTED const char *KON_CALL kon_version(void) { return KON_VERSION_TEXT; }

EXPORTED int32_t KON_CALL kon_open(const char *config, int32_t config_length, int32_t *handle, char **answer,
                                   int32_t *answer_length)
{
    GUARDED(konGoOpen((char *)config, config_length, handle, answer, answer_length));
}

EXPORTED int32_t KON_CALL kon_close(int32_t handle) { GUARDED(konGoClose(handle)); }

EXPORTED int32_t KON_CALL kon_call(int32_t handle, const char *operation, int32_t operation_length,
                                   const char *request, int32_t request_length, char **answer, int32_t *answer_length)
{
    GUARDED(konGoCall(handle, (char *)operation, operation_length, (char *)request, request_length, answer,
                      answer_length));
}

EXPORTED int32_t KON_CALL kon_call_buf(int32_t handle, const char *operation, int32_t operation_length,
                                       const char *request, int32_t request_length, char *buffer, int32_t capacity,
                                       int32_t *needed)
{
    GUARDED(konGoCallBuf(handle, (char *)operation, operation_length, (char *)request, request_length, buffer, capacity,
                         needed));
}

EXPORTED int32_t KON_CALL kon_subscribe(int32_t handle, const char *operation, int32_t operation_length,
                                        const char *request, int32_t request_length, int32_t *subscription)
{
    GUARDED(konGoSubscribe(handle, (char *)operation, operation_length, (char *)request, request_length,
                           subscription));
}

EXPORTED int32_t KON_CALL kon_unsubscribe(int32_t subscription) { GUARDED(konGoUnsubscribe(subscription)); }

EXPORTED int32_t KON_CALL kon_next_event(int32_t handle, int32_t timeout_ms, char **answer, int32_t *answer_length)
{
    GUARDED(konGoNextEvent(handle, timeout_ms, answer, answer_length));
}

EXPORTED int32_t KON_CALL kon_cancel(int32_t handle, int32_t token) { GUARDED(konGoCancel(handle, token)); }

EXPORTED int32_t KON_CALL kon_free(char *text) { GUARDED(konGoFree(text)); }

EXPORTED int32_t KON_CALL kon_set_log(const char *path, int32_t path_length, int32_t level)
{
    GUARDED(konGoSetLog((char *)path, path_length, level));
}

EXPORTED int32_t KON_CALL kon_json_get(const char *json, int32_t json_length, const char *pointer,
                                       int32_t pointer_length, int32_t *kind, char **value, int32_t *value_length)
{
    GUARDED(konGoJSONGet((char *)json, json_length, (char *)pointer, pointer_length, kind, value, value_length));
}
