/* Load and unload: at once, after use, again, and two copies of the library side by side. */
#include "host.h"

static void use(const kon *k)
{
    int32_t h = open_test(k);
    CHECK(call(k, h, "test.echo", "{\"text\":\"a\"}", NULL, 0) == KON_OK);
    CHECK(call(k, h, "test.nil", "{}", NULL, 0) == KON_INTERNAL);
    CHECK(call(k, h, "test.collect", "{\"count\":3}", NULL, 0) == KON_OK);
    CHECK(k->kon_close(h) == KON_OK);
}

static void use_often(void *k)
{
    int i;
    for (i = 0; i < 20; i++)
        use(k);
}

int main(int argc, char **argv)
{
    kon first, second;
    thread threads[6];
    int i;
    void *library = library_open(argv[1]);
    (void)argc;
    CHECK(library != NULL);
    CHECK(library_close(library)); /* before the Go runtime is up */
    must_load(&first, argv[1]);
    use(&first);
    CHECK(library_close(first.library));
    pause_ms(50);
    must_load(&first, argv[1]);
    use(&first);
    must_load(&second, argv[2]);
    CHECK(first.kon_open != second.kon_open);
    for (i = 0; i < 6; i++)
        CHECK(thread_start(&threads[i], use_often, i % 2 ? &first : &second));
    for (i = 0; i < 6; i++)
        thread_join(&threads[i]);
    CHECK(library_close(first.library));
    CHECK(library_close(second.library));
    return finish();
}
