// Serve is the provider of ssotest as a program, for browser tests: it lets everybody in
// as the same person, on this machine only.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"zhengxiao/internal/testkit/ssotest"
)

func main() {
	folder := flag.String("folder", ".", "where the settings of a product that it serves are written")
	flag.Parse()
	if err := serve(*folder, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(folder string, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for as long as the program runs
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	i, err := ssotest.Start("http://"+l.Addr().String(), time.Now)
	if err != nil {
		return err
	}
	settings, err := json.Marshal(map[string]any{"providers": []map[string]any{{
		"id": "edu", "name": "教育云", "issuer": i.URL, "client_id": ssotest.ClientID, "client_secret_file": "secret", "logout": true,
	}}})
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	for name, text := range map[string][]byte{"secret": []byte(ssotest.ClientSecret), "sso.json": settings} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			return fmt.Errorf("write settings: %w", err)
		}
	}
	fmt.Fprintln(out, "ready")
	s := &http.Server{Handler: i.Handler(), ReadHeaderTimeout: time.Minute}
	return s.Serve(l)
}
