/* Reads the insured person from the inserted card.
 *
 *     cc -I cabi/include examples/c/readcard.c -o readcard -L dist/linux-x64 -l:libkonnektor.so.1
 *     konnektorsim -print-config > konnektor.json &
 *     ./readcard konnektor.json
 */
#include <konnektor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* print writes one value of a JSON text. */
static void print(const char *json, const char *label, const char *pointer)
{
    char *value = NULL;
    if (kon_json_get(json, -1, pointer, -1, NULL, &value, NULL) == KON_OK)
        printf("%s: %s\n", label, value);
    kon_free(value);
}

int main(int argc, char **argv)
{
    static char config[65536];
    char *answer = NULL;
    int32_t handle = 0, status;
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL) {
        fprintf(stderr, "usage: readcard CONFIG.json\n");
        return 2;
    }
    config[fread(config, 1, sizeof config - 1, file)] = 0;
    fclose(file);

    status = kon_open(config, -1, &handle, &answer, NULL);
    if (status == KON_OK)
        status = kon_call(handle, "vsd.read", -1, "{}", -1, &answer, NULL);
    if (status == KON_OK) {
        print(answer, "Vorname", "/person/vorname");
        print(answer, "Nachname", "/person/nachname");
        print(answer, "Versicherten-ID", "/person/versicherten_id");
        print(answer, "Kostentraeger", "/versicherungsschutz/kostentraeger/name");
        print(answer, "Pruefungsnachweis", "/pruefungsnachweis/ergebnis");
        print(answer, "Urteil", "/proof/verdict_de");
    } else if (answer != NULL) {
        print(answer, "Fehler", "/text_de");
        print(answer, "Rat", "/advice_de");
    } else {
        fprintf(stderr, "status %d\n", (int)status);
    }
    kon_free(answer);
    if (handle > 0)
        kon_close(handle);
    return status == KON_OK ? 0 : 1;
}
