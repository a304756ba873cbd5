"""Reads the insured person from the inserted card, through the C interface.

    konnektorsim -print-config > konnektor.json &
    python3 examples/python/readcard.py dist/linux-x64/libkonnektor.so.1 konnektor.json
"""

import ctypes
import json
import sys
from ctypes import byref, c_char_p, c_int32, c_void_p


class Konnektor:
    """A handle of the library. Call runs an operation of konnektor/operations/operations.json."""

    def __init__(self, library, config):
        self.lib = ctypes.CDLL(library)
        if self.lib.kon_abi_version() >> 16 != 1:
            raise OSError("libkonnektor has another interface")
        handle, answer, length = c_int32(), c_void_p(), c_int32()
        status = self.lib.kon_open(c_char_p(config), len(config), byref(handle), byref(answer), byref(length))
        self.handle = handle.value
        self._take(status, answer, length)

    def call(self, operation, **request):
        name, text = operation.encode(), json.dumps(request).encode()
        answer, length = c_void_p(), c_int32()
        status = self.lib.kon_call(c_int32(self.handle), c_char_p(name), len(name), c_char_p(text), len(text),
                                   byref(answer), byref(length))
        return self._take(status, answer, length)

    def close(self):
        self.lib.kon_close(c_int32(self.handle))

    def _take(self, status, answer, length):
        """Turns a result into Python's and frees it; what is no success becomes a RuntimeError."""
        document = None
        if answer.value:
            document = json.loads(ctypes.string_at(answer.value, length.value))
            self.lib.kon_free(answer)
        if status != 0:
            raise RuntimeError(status, document)
        return document


def main(library, config):
    with open(config, "rb") as file:
        konnektor = Konnektor(library, file.read())
    try:
        card = konnektor.call("vsd.read")
        print(card["person"]["vorname"], card["person"]["nachname"], card["person"]["versicherten_id"])
        print(card["versicherungsschutz"]["kostentraeger"]["name"])
        print(card["proof"]["verdict_de"])
    except RuntimeError as error:
        status, document = error.args
        sys.exit(document["text_de"] + " " + document["advice_de"] if document else f"status {status}")
    finally:
        konnektor.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: readcard.py LIBRARY CONFIG.json")
    main(*sys.argv[1:])
