"""Reads packed documents, base64(gzip(XML)) one a line, and writes JSON: for
each document a map from the path of every element with text to that text.
Elements that repeat get an index in brackets."""
import base64, collections, gzip, json, sys
import xml.etree.ElementTree as tree


def leaves(element, path, out):
    names = collections.Counter(child.tag for child in element)
    seen = collections.Counter()
    for child in element:
        name = child.tag.rsplit("}", 1)[-1]
        if name == "WahlleistungUnterkunft" or names[child.tag] > 1:
            name += "[%d]" % seen[child.tag]
            seen[child.tag] += 1
        if len(child):
            leaves(child, path + name + "/", out)
        elif child.text:
            out[path + name] = child.text
    return out


documents = []
for line in sys.stdin:
    document = gzip.decompress(base64.b64decode(line, validate=False))
    documents.append(leaves(tree.fromstring(document), "", {}))
json.dump(documents, sys.stdout)
