"""Drives a Konnektor with zeep, a SOAP client that is not ours.

Reads one JSON object a line and answers with one a line. The first line says
where things are, each further line is one call:

    {"schemas": DIR, "url": "https://127.0.0.1:PORT", "server_name": NAME,
     "ca": FILE, "cert": FILE, "key": FILE}
    {"wsdl": "EventService.wsdl", "service": "EventService",
     "operation": "GetCards", "request": {...}}

Binary content of a request is {"$base64": text}. "xml" in place of "request" sends that body as it is; "repeat" makes the call so
many times and answers with the CPU time of one in microseconds. An answer is
one of

    {"ok": decoded answer}
    {"fault": faultstring, "error": decoded GERROR:Error or null}
    {"refused": why zeep could not send the request or read the answer}
"""

import base64
import datetime
import decimal
import json
import sys
import time
import traceback

import lxml.etree
import requests
import requests.adapters
import zeep
import zeep.helpers
import zeep.transports

GERROR = "{http://ws.gematik.de/tel/error/v2.0}Error"
SERVICE_INFORMATION = "{http://ws.gematik.de/conn/ServiceInformation/v2.0}"
SECONDS = 60


class NamedHost(requests.adapters.HTTPAdapter):
    """Expects another name in the certificate than the one that is dialled."""

    def __init__(self, name):
        self.name = name
        super().__init__()

    def init_poolmanager(self, *args, **options):
        options.update(assert_hostname=self.name, server_hostname=self.name)
        super().init_poolmanager(*args, **options)


class Judge:
    def __init__(self, setup):
        self.setup = setup
        session = requests.Session()
        session.trust_env = False
        session.verify = setup["ca"]
        session.cert = (setup["cert"], setup["key"])
        session.mount("https://", NamedHost(setup["server_name"]))
        self.transport = zeep.transports.Transport(
            session=session, timeout=SECONDS, operation_timeout=SECONDS)
        self.clients = {}
        answer = session.get(setup["url"] + "/connector.sds", timeout=SECONDS)
        answer.raise_for_status()
        self.directory = lxml.etree.fromstring(answer.content)

    def client(self, wsdl):
        if wsdl not in self.clients:
            # xmldsig and xenc schemas carry entities of their own
            settings = zeep.Settings(strict=True, forbid_dtd=False, forbid_entities=False)
            self.clients[wsdl] = zeep.Client(
                self.setup["schemas"] + "/" + wsdl, transport=self.transport, settings=settings)
        return self.clients[wsdl]

    def address(self, service, namespace):
        """The TLS endpoint of the service version with that WSDL namespace."""
        for entry in self.directory.iter(SERVICE_INFORMATION + "Service"):
            for version in entry.iter(SERVICE_INFORMATION + "Version"):
                if entry.get("Name") == service and version.get("TargetNamespace") == namespace:
                    return version.find(SERVICE_INFORMATION + "EndpointTLS").get("Location")
        raise LookupError(f"connector.sds does not list {service} {namespace}")

    def call(self, case):
        client = self.client(case["wsdl"])
        name = next(n for n, b in client.wsdl.bindings.items() if case["operation"] in b._operations)
        address = self.address(case["service"], lxml.etree.QName(name).namespace)
        service = client.create_service(name, address)
        try:
            if "xml" in case:
                return {"ok": self.send_xml(client, name, address, case)}
            operation = service[case["operation"]]
            answer = operation(**binary(case["request"]))
            if "repeat" in case:
                return {"ok": repeat(operation, case)}
            return {"ok": zeep.helpers.serialize_object(answer, dict)}
        except zeep.exceptions.Fault as fault:
            return {"fault": fault.message, "error": decode_error(client, fault)}

    def send_xml(self, client, name, address, case):
        operation = client.wsdl.bindings[name]._operations[case["operation"]]
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{operation.soapaction}"'}
        answer = self.transport.post(address, case["xml"].encode(), headers)
        decoded = client.wsdl.bindings[name].process_reply(client, operation, answer)
        return zeep.helpers.serialize_object(decoded, dict)


def binary(value):
    """The request with {"$base64": text} as bytes."""
    if isinstance(value, dict):
        if "$base64" in value:
            return base64.b64decode(value["$base64"])
        return {name: binary(one) for name, one in value.items()}
    if isinstance(value, list):
        return [binary(one) for one in value]
    return value


def repeat(operation, case):
    begin = time.process_time()
    for _ in range(case["repeat"]):
        operation(**case["request"])
    return (time.process_time() - begin) / case["repeat"] * 1e6


def decode_error(client, fault):
    """The GERROR:Error of a fault, decoded by its schema."""
    element = None if fault.detail is None else fault.detail.find(GERROR)
    if element is None:
        return None
    decoded = client.get_element(GERROR).parse(element, client.wsdl.types)
    return zeep.helpers.serialize_object(decoded, dict)


def plain(value):
    """What JSON has no word for."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, decimal.Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def main():
    judge = Judge(json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        try:
            answer = judge.call(json.loads(line))
        except Exception as problem:  # whatever it is, it is the verdict
            traceback.print_exc()
            answer = {"refused": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer, default=plain), flush=True)


if __name__ == "__main__":
    main()
