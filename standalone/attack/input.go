package attack

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"zhengxiao/internal/domain"
)

// massAssignment sets what is not the sender's to set.
func (a *attacker) massAssignment(ctx context.Context) error {
	tries := 0
	for _, o := range a.ops {
		body, media := o.body()
		b, ok := body.(map[string]any)
		if !ok || media != "application/json" {
			continue
		}
		for _, extra := range []string{"id", "state", "is_admin", "actor_id", "password_hash"} {
			if o.op.RequestBody.Value.Content[media].Schema.Value.Properties[extra] != nil {
				continue
			}
			b[extra] = "1"
			tries++
			r := request{method: o.method, path: o.at(a.real), token: a.entitledInTurn(o, tries), body: b, header: map[string]string{keyHeader: newKey()}}
			got, err := a.send(ctx, r)
			a.refused(o.id+" with "+extra, got, err)
			delete(b, extra)
		}
	}
	return nil
}

// payloads are texts that some interpreter would act on.
var payloads = []string{
	`' OR '1'='1' --`, `'; DROP TABLE users; --`, `" OR ""="`, `%`, `_`, `\`, `%' ESCAPE '`, `${7*7}`, `{{7*7}}`, `<script>alert(1)</script>`, `$(id)`,
	`../../../../etc/passwd`, `=HYPERLINK("http://evil.example")`, "a\r\nSet-Cookie: zx=1", `{"$gt":""}`, `*)(uid=*`, "٣", strings.Repeat("a", 65),
	"1e309", "-1", "NaN",
}

// injection puts them into every text of every list.
func (a *attacker) injection(ctx context.Context) error {
	n := 0
	for _, o := range a.ops {
		if o.writes() || o.id == "getLive" {
			continue
		}
		for _, name := range o.query() {
			n++
			payload := payloads[n%len(payloads)]
			path := o.at(a.real)
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			got, err := a.send(ctx, request{method: o.method, path: path + sep + name + "=" + url.QueryEscape(payload), token: a.entitled(o)})
			what := fmt.Sprintf("%s %s=%.20q", o.id, name, payload)
			if err != nil {
				a.note(what, false, err.Error())
				continue
			}
			a.note(what, got.status < 500 && got.status != tooMany && got.header.Get("Set-Cookie") == "" && !strings.Contains(got.body, "root:"),
				fmt.Sprintf("%d %.200s", got.status, got.body))
		}
	}
	return a.wildcards(ctx)
}

// wildcards of LIKE stand for themselves.
func (a *attacker) wildcards(ctx context.Context) error {
	token := a.cast.tokens[domain.RoleSysadmin]
	for _, path := range []string{"/api/v1/orgs", "/api/v1/progress", "/api/v1/users", "/api/v1/cohorts"} {
		for _, q := range []string{"%", "_", `\`, "%%%%", "一%"} {
			got, err := a.send(ctx, request{method: http.MethodGet, path: path + "?q=" + url.QueryEscape(q), token: token})
			if err != nil {
				return err
			}
			a.note(path+" q="+q, got.status < 500 && (got.status >= 400 || strings.Contains(got.body, `"items":[]`)), fmt.Sprintf("%d %.200s", got.status,
				got.body))
		}
	}
	return nil
}

// entitled is the token of somebody whom the access table lets at an operation.
func (a *attacker) entitled(o operation) string { return a.entitledInTurn(o, 0) }

// entitledInTurn takes another of them each time, so that nobody's budget ends before the
// attempts do.
func (a *attacker) entitledInTurn(o operation, turn int) string {
	var tokens []string

	for _, role := range rolesOf(o) {
		if token := a.cast.tokens[role]; token != "" {
			tokens = append(tokens, token)
		}
	}
	if len(tokens) == 0 { // it is for everybody
		tokens = []string{a.cast.tokens[domain.RoleSysadmin], a.cast.tokens[domain.RoleInspector], a.cast.tokens[domain.RoleTeacher]}
	}
	return tokens[turn%len(tokens)]
}

func gzipped(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.Bytes()
}

// hostileBodies are sent where anybody may send: to the login, and as somebody signed in.
func (a *attacker) hostileBodies(ctx context.Context) error {
	valid := `{"login":"a","password":"b"}`
	for name, body := range map[string]string{
		"nothing": "", "null": "null", "a list": "[]", "a text": `"x"`, "a number": "1", "no JSON": "login=a", "half": `{"login":`, "two": valid + valid,
		"trailing": valid + "x", "name twice": `{"login":"a","login":"admin","password":"b"}`,
		"escaped twice": `{"login":"a","\u006cogin":"admin","password":"b"}`,
		"other case":    `{"Login":"a","password":"b"}`, "deep": strings.Repeat("[", 100000), "deep object": strings.Repeat(`{"a":`, 5000),
		"huge": `{"login":"` + strings.Repeat("a", 1<<21) + `"}`,
		"NUL":  `{"login":"a\u0000b","password":"b"}`, "raw NUL": "{\"login\":\"a\x00\",\"password\":\"b\"}",
		"broken UTF-8":     "{\"login\":\"\xff\",\"password\":\"b\"}",
		"half a surrogate": `{"login":"\ud800","password":"b"}`, "override": `{"login":"adm\u202ein","password":"b"}`,
		"zero width": `{"login":"adm\u200bin","password":"b"}`,
		"types":      `{"login":["a"],"password":{"$ne":1}}`, "numbers": `{"login":1,"password":1e999}`, "UTF-16": "\xff\xfe{\x00}\x00",
		"mark": "\ufeff" + valid, "comment": `{/**/"login":"a"}`,
		"prototype": `{"__proto__":{"admin":true},"login":"a","password":"b"}`,
		"entity":    `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`,
	} {
		got, err := a.send(ctx, request{method: http.MethodPost, path: "/api/v1/sessions", body: []byte(body)})
		a.want("login: "+name, got, err, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType)
		got, err = a.send(ctx, request{method: http.MethodPut, path: "/api/v1/me/settings", token: a.cast.tokens[domain.RoleTeacher], body: []byte(body)})
		a.want("settings: "+name, got, err, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge)
	}
	for _, media := range []string{
		"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "text/json",
		"application/json; charset=utf-16",
		"application/octet-stream", "", "application/json-seq", "application/json, text/plain",
	} {
		r := request{method: http.MethodPost, path: "/api/v1/sessions", body: []byte(valid), header: map[string]string{"Content-Type": media}}
		got, err := a.send(ctx, r)
		a.want("media type "+media, got, err, http.StatusUnsupportedMediaType)
	}
	got, err := a.send(ctx, request{method: http.MethodPost, path: "/api/v1/sessions", body: gzipped(`{"login":"` + strings.Repeat("a",
		1<<26) + `"}`), header: map[string]string{"Content-Encoding": "gzip"}})
	a.refused("compressed bomb", got, err)
	return nil
}

// forgedCursors are cursors that no list gave out, and pages beyond reason.
func (a *attacker) forgedCursors(ctx context.Context) error {
	forged := []string{
		"x", "!", "null", "0", "-1", base64.RawURLEncoding.EncodeToString([]byte(`["a","b"]`)),
		base64.RawURLEncoding.EncodeToString([]byte(`{"id":"' OR 1=1"}`)),
		base64.StdEncoding.EncodeToString([]byte("\x00\xff")), strings.Repeat("A", 3000),
		base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("[", 500))),
	}
	for _, o := range a.ops {
		if o.writes() || !o.has("cursor") {
			continue
		}
		path, sep := o.at(a.real), "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		for i, c := range forged {
			got, err := a.send(ctx, request{method: o.method, path: path + sep + "cursor=" + url.QueryEscape(c), token: a.entitled(o)})
			a.note(fmt.Sprintf("%s cursor %d", o.id, i), err == nil && got.status < 500 && got.status != tooMany, fmt.Sprintf("%d %.200s %v", got.status,
				got.body, err))
		}
		for _, limit := range []string{"-1", "0", "100000", "99999999999999999999", "1e3", "NaN", "1;2"} {
			got, err := a.send(ctx, request{method: o.method, path: path + sep + "limit=" + limit, token: a.entitled(o)})
			a.refused(o.id+" limit="+limit, got, err)
		}
	}
	return nil
}
