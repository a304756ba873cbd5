/* Go must end the process, here on purpose: what it says stands in the log. */
#include "host.h"

int main(int argc, char **argv)
{
    kon k;
    int32_t h;
    (void)argc;
    must_load(&k, argv[1]);
    CHECK(k.kon_set_log(argv[2], -1, KON_LOG_INFO) == KON_OK);
    h = open_test(&k);
    call(&k, h, "test.panic", "{\"text\":\"secret of a patient\"}", NULL, 0);
    call(&k, h, "test.crash", "{}", NULL, 0);
    CHECK(!"the process still lives");
    return finish();
}
