package attack

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"zhengxiao/api"
	"zhengxiao/internal/domain"
)

func rolesOf(o operation) []domain.Role {
	roles, _, _ := api.Allowed(o.id)
	return roles
}

// raw sends bytes as they are and returns the status, 0 where the connection was cut.
func (a *attacker) raw(ctx context.Context, text string) (int, string, error) {
	const patience = 15 * time.Second
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", a.host())
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, "", err
	}
	_, _ = conn.Write([]byte(text)) // a server that has heard enough hangs up
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, "", nil // it was cut
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode, resp.Header.Get("Location"), nil
}

func (a *attacker) host() string { return strings.TrimPrefix(a.URL, "http://") }

// hostileHTTP is what proxies and servers disagree about.
func (a *attacker) hostileHTTP(ctx context.Context) error {
	token := a.cast.tokens[domain.RoleSysadmin]
	head := "Host: " + a.host() + "\r\nAuthorization: Bearer " + token + "\r\n"
	smuggled := "GET /api/v1/users HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, text := range map[string]string{
		"two lengths": "POST /api/v1/sessions HTTP/1.1\r\n" + head + "Content-Type: application/json\r\n" +
			"Content-Length: 2\r\nContent-Length: 50\r\n\r\n{}" + smuggled,
		"length and chunks": "POST /api/v1/alarms/x/close HTTP/1.1\r\n" + head + "Content-Type: application/json\r\n" +
			"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
		"odd encoding":        "POST /api/v1/alarms/x/close HTTP/1.1\r\n" + head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"negative length":     "POST /api/v1/alarms/x/close HTTP/1.1\r\n" + head + "Content-Length: -1\r\n\r\n",
		"space before colon":  "GET /api/v1/me HTTP/1.1\r\n" + head + "X-A : b\r\n\r\n",
		"folded header":       "GET /api/v1/me HTTP/1.1\r\n" + head + " folded\r\n\r\n",
		"two hosts":           "GET /api/v1/me HTTP/1.1\r\n" + head + "Host: evil.example\r\n\r\n",
		"no host":             "GET /api/v1/me HTTP/1.1\r\nAuthorization: Bearer " + token + "\r\n\r\n",
		"absolute, elsewhere": "GET http://evil.example/api/v1/me HTTP/1.1\r\n" + head + "\r\n",
		"HTTP/0.9":            "GET /api/v1/me\r\n\r\n",
		"HTTP/3.0":            "GET /api/v1/me HTTP/3.0\r\n" + head + "\r\n",
		"TRACE":               "TRACE /api/v1/me HTTP/1.1\r\n" + head + "\r\n",
		"CONNECT":             "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
		"override":            "POST /api/v1/me HTTP/1.1\r\n" + head + "X-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n\r\n",
		"bare CR in header":   "GET /api/v1/me HTTP/1.1\r\n" + head + "X-A: b\rSet-Cookie: c\r\n\r\n",
		"NUL in header":       "GET /api/v1/me HTTP/1.1\r\n" + head + "X-A: \x00\r\n\r\n",
		"large header":        "GET /api/v1/me HTTP/1.1\r\n" + head + "X-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n",
		"many headers":        "GET /api/v1/me HTTP/1.1\r\n" + head + strings.Repeat("X-A: b\r\n", 50000) + "\r\n",
		"long address":        "GET /api/v1/me?" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\n" + head + "\r\n",
		"NUL in address":      "GET /api/v1/orgs/a%00b HTTP/1.1\r\n" + head + "\r\n",
		"broken escape":       "GET /api/v1/orgs/%zz HTTP/1.1\r\n" + head + "\r\n",
		"dots":                "GET /api/v1/orgs/../../../../etc/passwd HTTP/1.1\r\n" + head + "Accept: application/json\r\n\r\n",
		"escaped slash":       "GET /api%2fv1%2fusers HTTP/1.1\r\nHost: " + a.host() + "\r\n\r\n",
		"two slashes":         "GET //api/v1/users HTTP/1.1\r\nHost: " + a.host() + "\r\n\r\n",
		"other case":          "GET /API/V1/users HTTP/1.1\r\nHost: " + a.host() + "\r\nAccept: application/json\r\n\r\n",
		"no HTTP":             "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	} {
		status, _, err := a.raw(ctx, text)
		a.note(name, err == nil && (status == 0 || status >= 400 && status < 500 || status == http.StatusNotImplemented ||
			status == http.StatusHTTPVersionNotSupported),
			fmt.Sprintf("%d %v", status, err))
	}
	return nil
}

// hostsAndRedirects would have others take evil.example for the product.
func (a *attacker) hostsAndRedirects(ctx context.Context) error {
	for _, host := range []string{"evil.example", a.host() + ".evil.example", "evil.example:80", "localhost", "[::1]", a.host() + "@evil.example"} {
		for _, path := range []string{"/", "/api/v1/me", "/login"} {
			got, err := a.send(ctx, request{method: http.MethodGet, path: path, host: host})
			a.want(host+path, got, err, http.StatusMisdirectedRequest, http.StatusBadRequest)
		}
	}
	for _, name := range []string{"X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix",
		"X-Forwarded-Server"} {
		value := map[string]string{"Forwarded": "host=evil.example"}[name]
		if value == "" {
			value = "evil.example"
		}
		got, err := a.send(ctx, request{method: http.MethodGet, path: "/", header: map[string]string{name: value}})
		a.note(name, err == nil && got.status < 500 && !strings.Contains(got.body+fmt.Sprint(got.header), "evil.example"), fmt.Sprintf("%d", got.status))
	}
	for _, path := range []string{"//evil.example", "//evil.example/%2e%2e", `/\evil.example`, "/%5cevil.example", "/login?next=//evil.example",
		"/?url=https://evil.example", "/%0d%0aLocation:%20//evil.example", "/.//evil.example"} {
		status, location, err := a.raw(ctx, "GET "+path+" HTTP/1.1\r\nHost: "+a.host()+"\r\nAccept: text/html\r\n\r\n")
		a.note("redirect "+path, err == nil && status < 500 && !strings.Contains(location, "evil"), fmt.Sprintf("%d %s", status, location))
	}
	return nil
}

// notServed is what operators, builds and other software keep.
func (a *attacker) notServed(ctx context.Context) error {
	for _, path := range []string{
		"/metrics", "/debug/pprof/", "/debug/vars", "/.git/config", "/.env", "/app.db", "/keys.json", "/openapi.yaml", "/swagger.json",
		"/api/v1/debug.json", "/admin.php", "/wp-login.php",
		"/actuator/env", "/server-status.txt", "/assets/../../keys.json", "/assets/..%2f..%2fkeys.json", "/assets/%2e%2e/%2e%2e/etc/passwd",
		"/etc/passwd.txt", "/package.json", "/assets/",
		"/api/", "/api/v1", "/api/v2/me", "/api/v1/me/", "/api/v1/users/../me", "/healthz/x", "/index.html.map", "/main.go",
	} {
		for _, token := range []string{"", a.cast.tokens[domain.RoleSysadmin]} {
			got, err := a.send(ctx, request{method: http.MethodGet, path: path, token: token, header: map[string]string{"Accept": "application/json"}})
			a.want(path, got, err, http.StatusNotFound, http.StatusUnauthorized, http.StatusMovedPermanently, http.StatusUnprocessableEntity)
		}
	}
	return nil
}

// headers are on every answer, whoever asks for what.
func (a *attacker) headers(ctx context.Context) error {
	for _, o := range a.ops {
		if o.writes() || o.id == "getLive" || strings.HasPrefix(o.id, "export") {
			continue
		}
		got, err := a.do(ctx, a.entitled(o), o, a.real)
		if err != nil {
			return err
		}
		a.fenced(o.id, got)
	}
	for _, path := range []string{"/", "/login", "/cases/x", "/assets/none.js", "/favicon.ico", "/api/none"} {
		got, err := a.send(ctx, request{method: http.MethodGet, path: path})
		if err != nil {
			return err
		}
		a.fenced(path, got)
		policy := got.header.Get("Content-Security-Policy")
		scripts, _, _ := strings.Cut(after(policy, "script-src"), ";")
		a.note(path+" runs scripts of its own only", !strings.Contains(scripts, "unsafe-inline") && !strings.Contains(scripts, "*") &&
			!strings.Contains(scripts, "'unsafe-eval'"), policy)
	}
	return nil
}

func after(s, word string) string {
	_, rest, _ := strings.Cut(s, word)
	return rest
}

func (a *attacker) fenced(what string, got answer) {
	h := got.header
	ok := h.Get("X-Content-Type-Options") == "nosniff" && h.Get("X-Frame-Options") == "DENY" && strings.Contains(h.Get("Content-Security-Policy"),
		"frame-ancestors 'none'") &&
		h.Get("Cross-Origin-Opener-Policy") == "same-origin" && h.Get("Referrer-Policy") != "" && h.Get("Permissions-Policy") != "" &&
		h.Get("Access-Control-Allow-Origin") == "" &&
		h.Get("Server") == "" && h.Get("X-Powered-By") == ""
	if strings.HasPrefix(h.Get("Content-Type"), "application/") && !strings.HasPrefix(what, "/") {
		ok = ok && h.Get("Cache-Control") == "no-store"
	}
	a.note(what, ok && got.status < 500, fmt.Sprintf("%d %v", got.status, h))
}
