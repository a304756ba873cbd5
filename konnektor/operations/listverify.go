package operations

import (
	"context"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/tsl"
)

type tslVerifyRequestDoc struct {
	Path     string `json:"path" doc:"The file with the trust list (TSL)."`
	Detached string `json:"detached,omitempty" doc:"The file with its detached signature (.sig)."`
	OCSP     string `json:"ocsp,omitempty" doc:"The file with an OCSP answer about the signer (.ocsp). It may be 10 minutes old at the time of the judgement."`
	Stored   string `json:"stored,omitempty" doc:"The file with the list that is in use: the new one must follow it. It must be valid itself, at its time of issue."`
	listRules
	timeLimit
}

type tslVerifyAnswerDoc struct {
	listVerdict
}

func opTSLVerify() Operation {
	return define(Operation{
		Name:       "tsl.verify",
		Summary:    "Judges a trust list (TSL) in a file: signature, trust anchor, sequence, dates. Needs no Konnektor.",
		Title:      titleTSLVerify,
		Repeatable: true,
		Local:      true,
	}, runTSLVerify)
}

func runTSLVerify(_ context.Context, _ *call, req tslVerifyRequestDoc) (*tslVerifyAnswerDoc, error) {
	o, err := req.options(tsl.Production)
	if err != nil {
		return nil, err
	}
	data, err := readFile("path", req.Path, tsl.MaxSize)
	if err != nil {
		return nil, err
	}
	if o.Detached, err = readOptional("detached", req.Detached, maxSmallFile); err != nil {
		return nil, err
	}
	status, err := readOptional("ocsp", req.OCSP, maxSmallFile)
	if err != nil {
		return nil, err
	}
	if status != nil {
		o.OCSP = &tsl.OCSPAnswer{DER: status}
	}
	if o.Stored, err = storedList(req.Stored, o); err != nil {
		return nil, err
	}
	v, _, err := judge(data, o)
	return &tslVerifyAnswerDoc{v}, err
}

// storedList is what to remember of the list in use, nil without one.
func storedList(path string, o tsl.Options) (*tsl.Stored, error) {
	if path == "" {
		return nil, nil
	}
	r, _, err := readList("stored", path, o)
	if err != nil {
		return nil, err
	}
	return r.List.Stored(), nil
}

type tslShowRequestDoc struct {
	Path        string `json:"path" doc:"The file with the trust list (TSL)."`
	Group       string `json:"group,omitempty" enum:"ca ocsp-signer crl-signer cvc-root bnetza-signer dnssec-anchor anchor-change other" doc:"Only services of this group."`
	OutlookDays int64  `json:"outlook_days,omitempty" min:"1" max:"3660" doc:"Also list what ends in so many days from the time of the judgement."`
	listRules
	timeLimit
}

type tslShowAnswerDoc struct {
	listVerdict
	Services []trustServiceDoc `json:"services" doc:"The services of a valid list, one entry a certificate."`
	Ends     []listEndDoc      `json:"ends,omitempty" doc:"What ends, the first first, with what has ended already. Empty without outlook_days."`
}

type trustServiceDoc struct {
	Group    string `json:"group" table:"-" enum:"ca ocsp-signer crl-signer cvc-root bnetza-signer dnssec-anchor anchor-change other" doc:"What the service is good for."`
	GroupDE  string `json:"group_de" doc:"The group in German."`
	Name     string `json:"name" doc:"Its name."`
	Provider string `json:"provider" doc:"Who offers it (TSPName)."`
	Status   string `json:"status" table:"-" doc:"inaccord or revoked."`
	StatusDE string `json:"status_de" doc:"The status in German."`
	Since    string `json:"since" format:"date-time" table:"-" doc:"When the status began."`
	Expires  string `json:"expires,omitempty" format:"date-time" doc:"When its certificate ends."`
	Key      string `json:"key,omitempty" doc:"The type of its key, such as RSA-2048 or brainpoolP256r1."`
	Supply   string `json:"supply,omitempty" table:"-" doc:"The address of its OCSP responder or revocation list."`
	SHA256   string `json:"sha256,omitempty" table:"-" doc:"The SHA-256 of its certificate in hex."`
}

type listEndDoc struct {
	At     string `json:"at" format:"date-time" doc:"When it ends, or begins."`
	What   string `json:"what" table:"-" doc:"What ends, in English."`
	WhatDE string `json:"what_de" doc:"What ends, in German."`
	Name   string `json:"name" doc:"Its name."`
}

func opTSLShow() Operation {
	return define(Operation{
		Name:       "tsl.show",
		Summary:    "Shows what is in a trust list (TSL) in a file. It is verified first, at its own time of issue. Needs no Konnektor.",
		Title:      titleTSLShow,
		Repeatable: true,
		Local:      true,
	}, runTSLShow)
}

func runTSLShow(_ context.Context, _ *call, req tslShowRequestDoc) (*tslShowAnswerDoc, error) {
	o, err := req.options(tsl.AnyEnvironment)
	if err != nil {
		return nil, err
	}
	o.Historic = true
	data, err := readFile("path", req.Path, tsl.MaxSize)
	if err != nil {
		return nil, err
	}
	v, r, err := judge(data, o)
	if err != nil {
		return nil, err
	}
	a := &tslShowAnswerDoc{listVerdict: v, Services: []trustServiceDoc{}}
	if r == nil {
		return a, nil
	}
	for i := range r.List.Services {
		s := &r.List.Services[i]
		if group := groupNames[s.Group()]; req.Group == "" || req.Group == group {
			a.Services = append(a.Services, newTrustServices(s)...)
		}
	}
	if req.OutlookDays > 0 {
		a.Ends = listEnds(r, o.At.Add(time.Duration(req.OutlookDays)*24*time.Hour))
	}
	return a, nil
}

// groupNames are the names of groups in requests and answers.
var groupNames = map[tsl.Group]string{
	tsl.GroupCA: "ca", tsl.GroupOCSP: "ocsp-signer", tsl.GroupCRL: "crl-signer", tsl.GroupCVC: "cvc-root",
	tsl.GroupBNetzA: "bnetza-signer", tsl.GroupDNSSEC: "dnssec-anchor", tsl.GroupAnchorChange: "anchor-change",
	tsl.GroupOther: "other",
}

// newTrustServices is a service once for each of its certificates.
func newTrustServices(s *tsl.Service) []trustServiceDoc {
	d := trustServiceDoc{
		Group: groupNames[s.Group()], GroupDE: germanGroup(s.Group()), Name: clean(s.ShortName()), Provider: clean(s.Provider),
		Status: clean(s.Status.String()), StatusDE: germanListStatus(s.Status), Since: dateTime(s.Since),
	}
	if len(s.SupplyPoints) > 0 {
		d.Supply = clean(s.SupplyPoints[0])
	}
	if c, err := tsl.ParseCVC(s.CVC); err == nil {
		d.Expires = dateTime(c.NotAfter)
	}
	if len(s.DER) == 0 {
		return []trustServiceDoc{d}
	}
	all := make([]trustServiceDoc, 0, len(s.DER))
	for _, der := range s.DER {
		own := d
		if cert, err := certs.Parse(der); err == nil {
			own.Expires, own.Key, own.SHA256 = dateTime(cert.NotAfter), string(cert.KeyType()), fingerprint(cert)
		}
		all = append(all, own)
	}
	return all
}

func listEnds(r *tsl.Result, until time.Time) []listEndDoc {
	all := []listEndDoc{}
	for _, e := range r.Outlook(until) {
		all = append(all, listEndDoc{At: dateTime(e.At), What: string(e.What), WhatDE: germanListEnd(e.What), Name: clean(e.Name)})
	}
	return all
}
