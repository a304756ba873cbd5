/* libkonnektor: the C interface. This file is the contract; it is written by hand.
 *
 * A program opens a handle with a configuration, calls operations on it by name with JSON in and out, and closes it.
 * The operations with the fields of their requests and answers are listed in konnektor/operations/operations.json;
 * README.md beside this folder has the rules at length and programs of twenty lines for each language.
 *
 * Texts      are UTF-8, given as a pointer and a length in bytes. A length of -1 means up to the NUL. NULL with a
 *            length of 0 or -1 is the empty text. A text has at most KON_MAX_TEXT bytes.
 * Results    of type char ** are texts that the library allocates, with a NUL behind the last byte. The host frees each
 *            with kon_free, and with nothing else. The pointer is NULL where the library has nothing to say. The
 *            int32_t * that goes with it receives the length without that NUL; it may be NULL.
 * Handles    and subscriptions are numbers above 0 that are never used twice in a process.
 * Threads    Every function may be called from any thread at any time, and one handle by many threads at once, except:
 *            not from DllMain or a constructor of another library (it would wait for ever), and not in the child after
 *            a fork. A function that waits keeps only its own thread waiting.
 * Floating   point settings of the calling thread may be any; they are the same before and after.
 * Versions   Within one major version functions, constants and members of documents are only added; nothing changes
 *            its meaning. A host compares kon_abi_version() with its own KON_ABI: the major must be equal, the
 *            minor at least as large.
 */
#ifndef KONNEKTOR_H
#define KONNEKTOR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The calling convention is cdecl everywhere; the names are exported without decoration. */
#if defined(_WIN32) && !defined(_WIN64)
#define KON_CALL __cdecl
#else
#define KON_CALL
#endif

/* The version of this interface: major in the upper 16 bits, minor in the lower. */
#define KON_ABI 0x00010000

/* The largest text in bytes that a function takes: 16 MiB. */
#define KON_MAX_TEXT 16777216

/* Status of a call. 0 is success; numbers are never given a new meaning. A host treats one that it does not know like
 * KON_FAILED. */
#define KON_OK 0
#define KON_FAILED (-1)        /* the operation failed: the error document says how */
#define KON_TIMEOUT (-2)       /* time ran out; kon_next_event: no event in that time */
#define KON_CANCELLED (-3)     /* kon_cancel or kon_unsubscribe ended it */
#define KON_CLOSED (-4)        /* kon_close ended it */
#define KON_BAD_ARGUMENT (-5)  /* a pointer that must not be NULL, a length below -1, a number out of range */
#define KON_BAD_TEXT (-6)      /* not UTF-8, or not JSON where a JSON text is wanted */
#define KON_BAD_HANDLE (-7)    /* never given out, or closed already */
#define KON_TOO_LARGE (-8)     /* a text of more than KON_MAX_TEXT bytes */
#define KON_SMALL_BUFFER (-9)  /* kon_call_buf: see there */
#define KON_NOT_FOUND (-10)    /* nothing by that name, pointer or token */
#define KON_NO_MEMORY (-11)    /* no memory for the result */
#define KON_BUSY (-12)         /* more handles or subscriptions than the library keeps */
#define KON_INTERNAL (-13)     /* a defect in the library; the handle still works; the log has the details */

/* Levels of kon_set_log. */
#define KON_LOG_ERROR 1
#define KON_LOG_WARNING 2
#define KON_LOG_INFO 3
#define KON_LOG_DEBUG 4

/* Kinds of kon_json_get. */
#define KON_JSON_NULL 0
#define KON_JSON_BOOL 1
#define KON_JSON_NUMBER 2
#define KON_JSON_STRING 3
#define KON_JSON_LIST 4
#define KON_JSON_OBJECT 5

/* kon_abi_version is KON_ABI of the library. It may be called before everything else. */
int32_t KON_CALL kon_abi_version(void);

/* kon_version is the version of the product, such as "0.1.0": a static text that is not freed. */
const char *KON_CALL kon_version(void);

/* kon_open makes a handle from the JSON of a configuration: address, names of the caller, how to authenticate, whom to
 * trust. It sends nothing. On failure *answer is an error document, as with kon_call; answer may be NULL. */
int32_t KON_CALL kon_open(const char *config, int32_t config_length, int32_t *handle, char **answer,
                          int32_t *answer_length);

/* kon_close ends all calls and subscriptions of a handle, waits until they have ended (at most 30 seconds) and forgets
 * it. Calls that it ends answer KON_CLOSED. */
int32_t KON_CALL kon_close(int32_t handle);

/* kon_call runs an operation, such as "vsd.read", and returns when it is done. The request is a JSON object; the empty
 * text stands for {}. KON_OK: *answer is the answer, a JSON object. KON_FAILED, KON_TIMEOUT, KON_CANCELLED, KON_CLOSED,
 * KON_INTERNAL: *answer is an error document, a JSON object with kind, code and texts. Others: *answer is NULL.
 *
 * Every request takes two members more than the list says: "timeout_ms" bounds the call, and "call_token", a number
 * from 1 to 2147483647, names it for kon_cancel. */
int32_t KON_CALL kon_call(int32_t handle, const char *operation, int32_t operation_length, const char *request,
                          int32_t request_length, char **answer, int32_t *answer_length);

/* kon_call_buf is kon_call for hosts that bring their own memory. It writes the answer or the error document and a NUL
 * into buffer, which has room for capacity bytes, and its length without the NUL into *needed. When that does not fit
 * it writes nothing and returns KON_SMALL_BUFFER; the library then keeps the result for 30 seconds, and the same call
 * with a buffer of at least *needed + 1 bytes fetches it: the operation does not run twice. */
int32_t KON_CALL kon_call_buf(int32_t handle, const char *operation, int32_t operation_length, const char *request,
                              int32_t request_length, char *buffer, int32_t capacity, int32_t *needed);

/* kon_subscribe starts an operation in the background, such as "cards.watch". What it has to say waits for
 * kon_next_event. */
int32_t KON_CALL kon_subscribe(int32_t handle, const char *operation, int32_t operation_length, const char *request,
                               int32_t request_length, int32_t *subscription);

/* kon_unsubscribe ends an operation that kon_subscribe started, waits until it has ended and drops its events. */
int32_t KON_CALL kon_unsubscribe(int32_t subscription);

/* kon_next_event takes the next event of a subscription, or of all subscriptions of a handle, oldest first. It waits at
 * most timeout_ms: 0 does not wait, -1 waits without end. The event is a JSON object with "subscription" and "kind":
 *   "event"    "data" holds one event of the operation
 *   "dropped"  "count" events were thrown away because the host did not fetch them: 256 wait at most
 *   "end"      the operation is over; "answer" or "error" holds what kon_call would have given. The subscription is
 *              then forgotten. */
int32_t KON_CALL kon_next_event(int32_t handle, int32_t timeout_ms, char **answer, int32_t *answer_length);

/* kon_cancel ends the calls of a handle whose request has that call_token; token 0 means all of them and everyone who
 * waits in kon_next_event. It does not wait. KON_NOT_FOUND: no such call runs. It is remembered for 10 seconds then and
 * ends the call if it comes; so use a token once. */
int32_t KON_CALL kon_cancel(int32_t handle, int32_t token);

/* kon_free wipes and frees a text that the library has allocated. NULL is allowed. Anything else that is not such a
 * text is left alone and answered with KON_BAD_ARGUMENT. */
int32_t KON_CALL kon_free(char *text);

/* kon_set_log appends the log of the whole library to a file; the empty path ends that. level is one of KON_LOG_...
 * Also what Go says when it must end the process goes there. The log holds operations, codes and durations, and nothing
 * of patients. At 10 MiB the file is renamed to path.1. */
int32_t KON_CALL kon_set_log(const char *path, int32_t path_length, int32_t level);

/* kon_json_get takes one value out of a JSON text by its JSON Pointer (RFC 6901), such as "/person/family_name" or
 * "/cards/0/handle"; "" is the whole text. The value of a string comes as its characters, everything else as JSON. *kind
 * receives its kind; kind may be NULL. In a list, "#" stands for the number of elements: "/cards/#".
 * KON_NOT_FOUND: there is no such value. */
int32_t KON_CALL kon_json_get(const char *json, int32_t json_length, const char *pointer, int32_t pointer_length,
                              int32_t *kind, char **value, int32_t *value_length);

#ifdef __cplusplus
}
#endif

#endif
