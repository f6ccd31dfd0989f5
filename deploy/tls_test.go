package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/config"
)

// verifies requires that a process speaks to MySQL and the store over TLS only, and verifies
// them.
func verifies(t *testing.T, name string, c config.Config) {
	t.Helper()
	mysql, err := c.MySQL.Client()
	require.NoError(t, err, name)
	require.NotNil(t, mysql, name)
	require.False(t, mysql.InsecureSkipVerify, name)
	require.True(t, c.S3.Secure, name)
	_, err = c.S3.Roots()
	require.NoError(t, err, name)
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(raw)
}

// Every way to MySQL and to the store is encrypted, and its end proves itself.
func TestCompose_connections_are_encrypted(t *testing.T) {
	t.Parallel()
	p := compose(t)
	for name, c := range product(t, p) {
		if name == "codec" { // it asks nobody
			continue
		}
		verifies(t, name, c)
		require.NotEmpty(t, c.MySQL.TLSCAFile, name)
		require.NotEmpty(t, c.S3.CAFile, name)
		secure, err := c.HTTP.Server()
		require.NoError(t, err, name)
		require.Equal(t, strings.HasPrefix(name, "api-"), secure != nil, "%s: the proxy speaks TLS to whoever answers it", name)
	}
	dir, err := secrets()
	require.NoError(t, err)
	at := func(service, path string) string {
		mounts := map[string]string{}
		for _, v := range p.Services[service].Volumes {
			if rel, err := filepath.Rel(p.WorkingDir, v.Source); err == nil && strings.HasPrefix(rel, "secrets/") {
				mounts[v.Target] = filepath.Join(dir, strings.TrimPrefix(rel, "secrets/"))
			}
		}
		return outside(t, path, mounts)
	}
	for _, service := range []string{"temporal", "temporal-schema"} {
		require.FileExists(t, at(service, *p.Services[service].Environment["TEMPORAL_DB_TLS_CA"]))
	}

	cnf := read(t, "mysql/zhengxiao.cnf")
	require.Regexp(t, `(?m)^require_secure_transport = ON$`, cnf)
	for _, name := range []string{"ssl_cert", "ssl_key"} {
		file := regexp.MustCompile(`(?m)^` + name + ` = (\S+)$`).FindStringSubmatch(cnf)
		require.NotNil(t, file, name)
		require.FileExists(t, at("mysql", file[1]))
	}
	users := regexp.MustCompile(`(?m)^\s*CREATE USER .*$`).FindAllString(read(t, "mysql/databases.sh"), -1)
	require.Len(t, users, 4)
	for _, user := range users {
		require.True(t, strings.HasSuffix(user, " REQUIRE SSL;"), user)
	}

	for _, name := range []string{"VGW_CERT", "VGW_KEY"} {
		require.FileExists(t, at("objects", *p.Services["objects"].Environment[name]))
	}
	caddy := read(t, "caddy/Caddyfile")
	require.Contains(t, caddy, "reverse_proxy https://objects:7070 {")
	require.Contains(t, caddy, "to https://api-1:8080 https://api-2:8080\n")
	require.Equal(t, 2, strings.Count(caddy, "header_up Host {hostport}"), "the name that was asked, and signed")
	believed := regexp.MustCompile(`transport http \{\n\s*tls_trust_pool file (\S+)\n`).FindAllStringSubmatch(caddy, -1)
	require.Len(t, believed, strings.Count(caddy, "transport http {"))
	for _, ca := range believed {
		require.FileExists(t, at("proxy", ca[1]))
	}
	require.NotContains(t, caddy, "insecure")
}

// Authorities of an operator's own are a folder that the processes which speak outward look
// into, beside the system's.
func TestCompose_private_authorities(t *testing.T) {
	t.Parallel()
	p := compose(t)
	for _, name := range []string{"api-1", "api-2", "worker-1", "worker-2"} {
		dir := p.Services[name].Environment["SSL_CERT_DIR"]
		require.NotNil(t, dir, name)
		found := ""
		for _, v := range p.Services[name].Volumes {
			if v.Target == *dir {
				found = filepath.Base(v.Source)
			}
		}
		require.Equal(t, "authorities", found, name)
		require.NotContains(t, p.Services[name].Environment, "SSL_CERT_FILE", "%s: it would take the place of the system's", name)
	}
}
