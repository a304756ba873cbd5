/*
 * A Konnektor's EventService and VSDService with fixed answers, on code that
 * gSOAP generated from the official WSDLs: what our client sends is read, and
 * what it reads is written, by code that is not ours.
 *
 *     server PEM CA DIR
 *
 * serves TLS on a port of 127.0.0.1 of its own choice and demands a client
 * certificate. PEM holds key and certificate of the server, CA the issuer of
 * the client's. DIR holds the four containers of ReadVSD: pd, vd, gvd, pn.
 * The first line on standard output is the port; then comes one line a request
 * with the values that gSOAP decoded, "-" for an absent one.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "soapH.h"
#include "VSDServiceBinding.nsmap"

enum { LIFETIME = 600, PATIENCE = 60 }; /* seconds */

static const char *directory;

static const char *text(const char *s) { return s ? s : "-"; }
static const char *boolean(enum xsd__boolean b) { return b ? "true" : "false"; }
static char *copy(struct soap *soap, const char *s) { return soap_strdup(soap, s); }

/* 2026-01-02T03:04:05Z */
static const time_t some_time = 1767323045;

/* Faults and warnings */

static struct _GERROR__Error *trace(struct soap *soap, const char *code, const char *severity, const char *words)
{
    struct _GERROR__Error *error = soap_malloc(soap, sizeof *error);
    struct _GERROR__Error_Trace *entry = soap_malloc(soap, sizeof *entry);

    soap_default__GERROR__Error(soap, error);
    soap_default__GERROR__Error_Trace(soap, entry);
    error->MessageID = copy(soap, "message-1");
    error->Timestamp = some_time;
    error->__sizeTrace = 1;
    error->Trace = entry;
    entry->EventID = copy(soap, "event-1");
    entry->Instance = copy(soap, "Konnektor-Lokal");
    entry->LogReference = copy(soap, "log-1");
    entry->CompType = copy(soap, "Konnektor");
    entry->Code = copy(soap, code);
    entry->Severity = copy(soap, severity);
    entry->ErrorType = copy(soap, "Technical");
    entry->ErrorText = copy(soap, words);
    return error;
}

static int fault(struct soap *soap, const char *code, const char *words)
{
    soap_receiver_fault(soap, words, NULL);
    soap->fault->detail = soap_malloc(soap, sizeof *soap->fault->detail);
    soap_default_SOAP_ENV__Detail(soap, soap->fault->detail);
    soap->fault->detail->GERROR__Error = trace(soap, code, "Error", words);
    return SOAP_FAULT;
}

/* The Mandant decides: "unknown" is refused, "warned" gets a warning. */
static int judge_context(struct soap *soap, struct CCTX__ContextType *context, struct _CONN__Status **status)
{
    if (!strcmp(context->CONN__MandantId, "unknown"))
        return fault(soap, "4004", "Ungültige Mandanten-ID");
    if (status) {
        *status = soap_malloc(soap, sizeof **status);
        soap_default__CONN__Status(soap, *status);
        if (!strcmp(context->CONN__MandantId, "warned")) {
            (*status)->Result = _CONN__Result__Warning;
            (*status)->GERROR__Error = trace(soap, "4092", "Warning", "Remote-PIN-KT benötigt, aber nicht zugeordnet");
        }
    }
    return SOAP_OK;
}

static void print_context(const char *operation, struct CCTX__ContextType *c)
{
    printf("%s %s/%s/%s/%s", operation, text(c->CONN__MandantId), text(c->CONN__ClientSystemId),
           text(c->CONN__WorkplaceId), text(c->CONN__UserId));
}

/* EventService */

static struct CARD__VersionInfoType version_4_4_0 = {4, 4, 0}, version_4_1_2 = {4, 1, 2};
static struct _CARD__CardInfoType_CardVersion card_version = {
    .COSVersion = &version_4_4_0,
    .ObjectSystemVersion = &version_4_1_2,
};
static struct CARD__CardInfoType cards[] = {
    {
        .CONN__CardHandle = "egk-1",
        .CARDCMN__CardType = CARDCMN__CardTypeType__EGK,
        .CardVersion = &card_version,
        .CARDCMN__Iccsn = "80276881040000000001",
        .CARDCMN__CtId = "terminal-1",
        .CARDCMN__SlotId = "1",
        .InsertTime = some_time,
        .CardHolderName = "Käthe <Muster> & Söhne",
        .Kvnr = "X110000001",
        .CertificateExpirationDate = "2029-12-31",
    },
    {
        .CONN__CardHandle = "smcb-1",
        .CARDCMN__CardType = CARDCMN__CardTypeType__SMC_B,
        .CARDCMN__Iccsn = "80276883110000000002",
        .CARDCMN__CtId = "terminal-1",
        .CARDCMN__SlotId = "2",
        .InsertTime = some_time,
    },
};

static struct PI__ProductTypeInformation product_type = {"KartTerm", "1.2.3"};
static struct PI__ProductVersionLocal product_local = {"2.0.0", "3.9.1"};
static struct PI__ProductVersion product_version = {
    .__union_ProductVersion = SOAP_UNION__PI__union_ProductVersion_Local,
    .union_ProductVersion.Local = &product_local,
};
static struct PI__ProductIdentification product_identification = {"GSOAP", "JUDGE", &product_version};
static struct PI__ProductMiscellaneous product_names = {"Judge", "Terminal on gSOAP"};
static struct PI__ProductInformation product = {some_time, &product_type, &product_identification, &product_names};
static char *workplaces[] = {"workplace-1", "workplace-2"};
static struct _CONN__WorkplaceIds workplace_ids = {2, workplaces};
static struct _CTI__CardTerminalInfoType_IPAddress ip_address = {
    .__union_CardTerminalInfoType_IPAddress = SOAP_UNION__CTI__union_CardTerminalInfoType_IPAddress_IPV4Address,
    .union_CardTerminalInfoType_IPAddress.IPV4Address = "192.0.2.9",
};
static struct CTI__CardTerminalInfoType terminal = {
    .PI__ProductInformation = &product,
    .CARDCMN__CtId = "terminal-1",
    .CONN__WorkplaceIds = &workplace_ids,
    .Name = "Empfang",
    .MacAddress = "00-11-22-33-44-5a",
    .IPAddress = &ip_address,
    .Slots = "4",
    .IS_USCOREPHYSICAL = xsd__boolean__true_,
    .Connected = xsd__boolean__true_,
};

static struct _CONN__ErrorState error_states[] = {
    {"EC_No_VPN_TI_Connection", _CONN__ErrorState_Severity__Error, _CONN__ErrorState_Type__Infrastructure,
     xsd__boolean__true_, some_time},
    {"EC_CardTerminal_Not_Available(terminal-1)", _CONN__ErrorState_Severity__Error, _CONN__ErrorState_Type__Operation,
     xsd__boolean__false_, some_time},
};
static struct __CONN__OperatingState_sequence state_list[] = {{&error_states[0]}, {&error_states[1]}};
static struct _CONN__OperatingState operating_state = {2, state_list};
static struct _CONN__Connector connector = {
    .VPNTIStatus = {_CONN__Connector_VPNTIStatus_ConnectionStatus__Offline, some_time},
    .VPNSISStatus = {_CONN__Connector_VPNSISStatus_ConnectionStatus__Online, some_time},
    .OperatingState = &operating_state,
};

int __EVTW__GetCards(struct soap *soap, struct _EVT__GetCards *request, struct _EVT__GetCardsResponse *response)
{
    static struct _CARD__Cards all = {sizeof cards / sizeof *cards, cards};

    print_context("GetCards", request->CCTX__Context);
    printf(" mandant-wide=%s CtId=%s SlotId=%s CardType=%s\n", boolean(request->mandant_wide),
           text(request->CARDCMN__CtId), text(request->CARDCMN__SlotId),
           request->CARDCMN__CardType ? soap_CARDCMN__CardTypeType2s(soap, *request->CARDCMN__CardType) : "-");
    response->CARD__Cards = &all;
    return judge_context(soap, request->CCTX__Context, &response->CONN__Status);
}

int __EVTW__GetCardTerminals(struct soap *soap, struct _EVT__GetCardTerminals *request,
                             struct _EVT__GetCardTerminalsResponse *response)
{
    static struct _CTI__CardTerminals all = {1, &terminal};

    print_context("GetCardTerminals", request->CCTX__Context);
    printf(" mandant-wide=%s\n", boolean(request->mandant_wide));
    response->CTI__CardTerminals = &all;
    return judge_context(soap, request->CCTX__Context, &response->CONN__Status);
}

int __EVTW__GetResourceInformation(struct soap *soap, struct _EVT__GetResourceInformation *request,
                                   struct _EVT__GetResourceInformationResponse *response)
{
    print_context("GetResourceInformation", request->CCTX__Context);
    printf(" CtId=%s SlotId=%s Iccsn=%s CardHandle=%s\n", text(request->CARDCMN__CtId), text(request->CARDCMN__SlotId),
           text(request->CARDCMN__Iccsn), text(request->CONN__CardHandle));
    if (request->CONN__CardHandle || request->CARDCMN__Iccsn || request->CARDCMN__SlotId)
        response->CARD__Card = cards;
    else if (request->CARDCMN__CtId)
        response->CTI__CardTerminal = &terminal;
    else
        response->CONN__Connector = &connector;
    return judge_context(soap, request->CCTX__Context, &response->CONN__Status);
}

int __EVTW__Subscribe(struct soap *soap, struct _EVT__Subscribe *q, struct _EVT__SubscribeResponse *a)
{
    return fault(soap, "4001", "Interner Fehler");
}

int __EVTW__Unsubscribe(struct soap *soap, struct _EVT__Unsubscribe *q, struct _EVT__UnsubscribeResponse *a)
{
    return fault(soap, "4001", "Interner Fehler");
}

int __EVTW__GetSubscription(struct soap *soap, struct _EVT__GetSubscription *q, struct _EVT__GetSubscriptionResponse *a)
{
    return fault(soap, "4001", "Interner Fehler");
}

int __EVTW__RenewSubscriptions(struct soap *soap, struct _EVT__RenewSubscriptions *q,
                               struct _EVT__RenewSubscriptionsResponse *a)
{
    return fault(soap, "4001", "Interner Fehler");
}

/* VSDService */

static int load(struct soap *soap, const char *name, struct xsd__base64Binary *into)
{
    enum { LIMIT = 65536 };
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (!(file = fopen(path, "rb")))
        return fault(soap, "4001", "Interner Fehler");
    into->__ptr = soap_malloc(soap, LIMIT);
    into->__size = (int)fread(into->__ptr, 1, LIMIT, file);
    fclose(file);
    return SOAP_OK;
}

int __VSD__ReadVSD(struct soap *soap, struct _VSD__ReadVSD *request, struct _VSD__ReadVSDResponse *response)
{
    static struct VSD__VSD_USCOREStatusType status = {"0", some_time, "5.2.0"};

    print_context("ReadVSD", request->CCTX__Context);
    printf(" EhcHandle=%s HpcHandle=%s PerformOnlineCheck=%s ReadOnlineReceipt=%s\n", text(request->EhcHandle),
           text(request->HpcHandle), boolean(request->PerformOnlineCheck), boolean(request->ReadOnlineReceipt));
    if (!strcmp(request->HpcHandle, "locked"))
        return fault(soap, "3041", "SM-B nicht freigeschaltet");
    response->VSD_USCOREStatus = &status;
    if (load(soap, "pd", &response->PersoenlicheVersichertendaten) ||
        load(soap, "vd", &response->AllgemeineVersicherungsdaten) ||
        load(soap, "gvd", &response->GeschuetzteVersichertendaten))
        return SOAP_FAULT;
    if (request->ReadOnlineReceipt) {
        response->Pruefungsnachweis = soap_malloc(soap, sizeof *response->Pruefungsnachweis);
        soap_default_xsd__base64Binary(soap, response->Pruefungsnachweis);
        if (load(soap, "pn", response->Pruefungsnachweis))
            return SOAP_FAULT;
    }
    return judge_context(soap, request->CCTX__Context, NULL);
}

/* Connections */

static void *serve(void *connection)
{
    struct soap *soap = connection;

    pthread_detach(pthread_self());
    if (soap_ssl_accept(soap) == SOAP_OK)
        soap_serve(soap);
    if (soap->error && soap->error != SOAP_EOF)
        soap_print_fault(soap, stderr);
    soap_destroy(soap);
    soap_end(soap);
    soap_free(soap);
    return NULL;
}

static int listen_on_loopback(struct soap *soap)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;

    if (!soap_valid_socket(soap_bind(soap, "127.0.0.1", 0, 16)) ||
        getsockname(soap->master, (struct sockaddr *)&address, &length))
        return -1;
    return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

int main(int argc, char **argv)
{
    struct soap *soap = soap_new1(SOAP_IO_KEEPALIVE | SOAP_XML_STRICT | SOAP_C_UTFSTRING);
    int port;

    if (argc != 4)
        return 2;
    alarm(LIFETIME);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    directory = argv[3];
    soap->recv_timeout = soap->send_timeout = PATIENCE;
    soap->max_keep_alive = 0; /* no limit */
    if (soap_ssl_server_context(soap, SOAP_SSL_REQUIRE_CLIENT_AUTHENTICATION | SOAP_TLSv1_2, argv[1], NULL, argv[2],
                                NULL, NULL, NULL, "judge") ||
        (port = listen_on_loopback(soap)) < 0) {
        soap_print_fault(soap, stderr);
        return 1;
    }
    printf("%d\n", port);
    while (soap_valid_socket(soap_accept(soap))) {
        pthread_t thread;
        struct soap *connection = soap_copy(soap);

        if (!connection || pthread_create(&thread, NULL, serve, connection))
            return 1;
    }
    soap_print_fault(soap, stderr);
    return 1;
}
