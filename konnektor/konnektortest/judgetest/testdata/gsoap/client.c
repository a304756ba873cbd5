/*
 * Reads a card with code that gSOAP generated from the official VSDService
 * WSDL, over TLS with a client certificate.
 *
 *     client URL CA PEM CONTEXT EGK SMCB CHECK RECEIPT COUNT
 *
 * URL is the endpoint of VSDService, CA the issuer of its certificate, PEM holds
 * key and certificate of the client, CONTEXT is MANDANT/CLIENTSYSTEM/WORKPLACE,
 * CHECK and RECEIPT are true or false. It prints one line a value, containers in
 * base64, or the code and text of a fault. With COUNT above 1 it repeats the
 * call on the same connection and prints the CPU time of one in microseconds.
 */
#include <openssl/x509v3.h>
#include <sys/resource.h>
#include <unistd.h>

#include "soapH.h"
#include "VSDServiceBinding.nsmap"

enum { LIFETIME = 600, PATIENCE = 60 }; /* seconds */

/* The one name in a Konnektor's certificate, whatever address is dialled. */
static const char server_name[] = "konnektor.konlan";

static const char read_vsd[] = "http://ws.gematik.de/conn/vsds/VSDService/v6.0#ReadVSD";

static void print_container(struct soap *soap, const char *name, struct xsd__base64Binary *container)
{
    if (container && container->__ptr)
        printf("%s %s\n", name, soap_s2base64(soap, container->__ptr, NULL, container->__size));
}

static void print_response(struct soap *soap, struct _VSD__ReadVSDResponse *response)
{
    print_container(soap, "PD", &response->PersoenlicheVersichertendaten);
    print_container(soap, "VD", &response->AllgemeineVersicherungsdaten);
    print_container(soap, "GVD", &response->GeschuetzteVersichertendaten);
    print_container(soap, "PN", response->Pruefungsnachweis);
    printf("Status %s\n", response->VSD_USCOREStatus->Status);
    printf("Version %s\n", response->VSD_USCOREStatus->Version);
}

static int print_fault(struct soap *soap)
{
    struct SOAP_ENV__Detail *detail = soap->fault ? soap->fault->detail : NULL;
    int i;

    if (!detail || !detail->GERROR__Error) {
        soap_print_fault(soap, stderr);
        return 1;
    }
    for (i = 0; i < detail->GERROR__Error->__sizeTrace; i++) {
        struct _GERROR__Error_Trace *trace = &detail->GERROR__Error->Trace[i];
        printf("Code %s\nErrorText %s\n", trace->Code, trace->ErrorText);
    }
    return 0;
}

static double cpu_microseconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static int call(struct soap *soap, const char *url, struct _VSD__ReadVSD *request,
                struct _VSD__ReadVSDResponse *response)
{
    return soap_call___VSD__ReadVSD(soap, url, read_vsd, request, response);
}

static int repeat(struct soap *soap, const char *url, struct _VSD__ReadVSD *request, int count)
{
    struct _VSD__ReadVSDResponse response;
    double begin = cpu_microseconds();
    int i;

    for (i = 0; i < count; i++) {
        if (call(soap, url, request, &response))
            return print_fault(soap) || 1;
        soap_destroy(soap);
        soap_end(soap);
    }
    printf("CPU %.1f\n", (cpu_microseconds() - begin) / count);
    return 0;
}

static enum xsd__boolean boolean(const char *s) { return strcmp(s, "true") ? xsd__boolean__false_ : xsd__boolean__true_; }

/* gSOAP compares the certificate with the dialled name; OpenSSL is told the other one. */
static int trust(struct soap *soap, const char *ca, const char *pem)
{
    if (soap_ssl_client_context(soap, SOAP_SSL_REQUIRE_SERVER_AUTHENTICATION | SOAP_SSL_SKIP_HOST_CHECK | SOAP_TLSv1_2,
                                pem, NULL, ca, NULL, NULL))
        return soap->error;
    return X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(soap->ctx), server_name, 0) ? SOAP_OK : SOAP_SSL_ERROR;
}

int main(int argc, char **argv)
{
    struct soap *soap = soap_new1(SOAP_IO_KEEPALIVE | SOAP_XML_STRICT | SOAP_C_UTFSTRING);
    struct CCTX__ContextType context = {0};
    struct _VSD__ReadVSD request = {0};
    struct _VSD__ReadVSDResponse response;

    if (argc != 10)
        return 2;
    alarm(LIFETIME);
    soap->connect_timeout = soap->recv_timeout = soap->send_timeout = PATIENCE;
    soap->max_keep_alive = 0; /* no limit */
    context.CONN__MandantId = strtok(argv[4], "/");
    context.CONN__ClientSystemId = strtok(NULL, "/");
    context.CONN__WorkplaceId = strtok(NULL, "/");
    request.CCTX__Context = &context;
    request.EhcHandle = argv[5];
    request.HpcHandle = argv[6];
    request.PerformOnlineCheck = boolean(argv[7]);
    request.ReadOnlineReceipt = boolean(argv[8]);
    if (trust(soap, argv[2], argv[3]) || call(soap, argv[1], &request, &response))
        return print_fault(soap);
    print_response(soap, &response);
    if (atoi(argv[9]) > 1)
        return repeat(soap, argv[1], &request, atoi(argv[9]));
    return 0;
}
