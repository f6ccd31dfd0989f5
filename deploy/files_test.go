package deploy_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	"github.com/stretchr/testify/require"
)

func TestDockerfile_is_one_image_that_runs_as_nobody(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("Dockerfile")
	require.NoError(t, err)
	parsed, err := parser.Parse(bytes.NewReader(raw))
	require.NoError(t, err)
	require.Empty(t, parsed.Warnings)
	stages, _, err := instructions.Parse(parsed.AST, nil)
	require.NoError(t, err)
	for _, s := range stages {
		pinned(t, s.BaseName)
		for _, c := range s.Commands {
			_, fetches := c.(*instructions.AddCommand)
			require.False(t, fetches, "ADD fetches and unpacks")
		}
	}

	final := stages[len(stages)-1]
	require.Equal(t, "gcr.io/distroless/static-debian12:nonroot", final.BaseName)
	var user string
	var entry, labels []string
	for _, c := range final.Commands {
		switch c := c.(type) {
		case *instructions.UserCommand:
			user = c.User
		case *instructions.EntrypointCommand:
			require.False(t, c.PrependShell, "there is no shell")
			entry = c.CmdLine
		case *instructions.LabelCommand:
			for _, l := range c.Labels {
				labels = append(labels, l.Key)
			}
		case *instructions.CopyCommand:
			require.Equal(t, "build", c.From)
			require.Equal(t, "/zhengxiao", c.DestPath)
		case *instructions.RunCommand:
			require.Fail(t, "there is no shell")
		}
	}
	require.Equal(t, "65532:65532", user)
	require.Equal(t, []string{"/zhengxiao"}, entry)
	require.Contains(t, labels, "org.opencontainers.image.version")
}

func TestDockerfile_stamps_the_version(t *testing.T) {
	t.Parallel()
	require.Contains(t, runs(t, "version"), release)
}

// What the program is built from is not kept from the build.
func TestDockerignore_keeps_every_source(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../.dockerignore")
	require.NoError(t, err)
	patterns, err := ignorefile.ReadAll(bytes.NewReader(raw))
	require.NoError(t, err)
	ignored, err := patternmatcher.New(patterns)
	require.NoError(t, err)
	keeps := func(want bool, file string) {
		t.Helper()
		out, err := ignored.MatchesOrParentMatches(file)
		require.NoError(t, err)
		require.Equal(t, want, !out, file)
	}
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", `{{if .Module}}{{if .Module.Main}}{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$dir}}/{{.}}
{{end}}{{end}}{{end}}`, "./cmd/zhengxiao")
	list.Dir = root
	out, err := list.Output()
	require.NoError(t, err)
	files := strings.Fields(string(out))
	require.Greater(t, len(files), 100)
	for _, file := range files {
		rel, err := filepath.Rel(root, file)
		require.NoError(t, err)
		if !strings.HasPrefix(rel, "web/dist/app/") { // the build makes its own
			keeps(true, rel)
		}
	}
	for _, file := range []string{"go.mod", "go.sum", "web/package-lock.json", "web/src/main.ts", "web/tools/compress.mjs"} {
		keeps(true, file)
	}
	for _, file := range []string{"deploy/secrets/zhengxiao/data_keys", "deploy/.env", "data/keys.json", ".git/config", "standalone/go.mod", "web/node_modules/vue/index.js"} {
		keeps(false, file)
	}
}

func TestSecrets_are_made_once_and_for_their_owner_only(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "secrets")
	require.NoError(t, makeSecrets(dir))
	before := contents(t, dir)
	require.Greater(t, len(before), 15)
	require.NoError(t, makeSecrets(dir))
	require.Equal(t, before, contents(t, dir))

	// What is put away is made again, and nothing else.
	require.NoError(t, os.Remove(filepath.Join(dir, "client/client.pem")))
	require.NoError(t, makeSecrets(dir))
	after := contents(t, dir)
	require.NotEqual(t, before["client/client.pem"], after["client/client.pem"])
	for name := range before {
		if !strings.HasPrefix(name, "client/client.") {
			require.Equal(t, before[name], after[name], name)
		}
	}
}

// An installation of before, whose processes all had the root's key of the object store,
// keeps that key for the store alone.
func TestSecrets_the_stores_root_moves_out_of_reach(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "secrets")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "zhengxiao"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "zhengxiao/s3_access_key"), []byte("old-root"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "zhengxiao/s3_secret_key"), []byte("old-secret"), 0o600))
	require.NoError(t, makeSecrets(dir))
	after := contents(t, dir)
	require.Equal(t, "old-root", after["store/s3_access_key"])
	require.Equal(t, "old-secret", after["store/s3_secret_key"])
	for name, text := range after {
		if !strings.HasPrefix(name, "store/") {
			require.NotContains(t, text, "old-", name)
		}
	}
	require.Equal(t, after["worker/s3_secret_key"], after["owner/s3_secret_key"])
	require.NotEqual(t, after["worker/s3_secret_key"], after["api/s3_secret_key"])
}

// contents are the files below dir by name; each belongs to its owner alone.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		require.NoError(t, err)
		mode := fs.FileMode(0o600)
		if strings.HasSuffix(path, "/inner/ca.pem") { // no secret, and the proxy reads it
			mode = 0o644
		}
		require.Equal(t, mode, info.Mode().Perm(), path)
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotEmpty(t, raw, path)
		name, err := filepath.Rel(dir, path)
		all[name] = string(raw)
		return err
	}))
	return all
}

// The engine's node proves itself as the name that clients ask for, both ways.
func TestSecrets_certificates_are_mutual(t *testing.T) {
	t.Parallel()
	dir, err := secrets()
	require.NoError(t, err)
	pair := func(name string) *x509.Certificate {
		p, err := tls.LoadX509KeyPair(filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key"))
		require.NoError(t, err)
		return p.Leaf
	}
	ca, err := os.ReadFile(filepath.Join(dir, "client/ca.pem"))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(ca))
	for name, usages := range map[string][]x509.ExtKeyUsage{
		"node/node":     {x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		"client/client": {x509.ExtKeyUsageClientAuth},
	} {
		for _, usage := range usages {
			_, err := pair(name).Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{usage}})
			require.NoError(t, err, name)
		}
	}
	require.NoError(t, pair("node/node").VerifyHostname("temporal"))
	_, err = pair("client/client").Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	require.Error(t, err, "a client cannot pass for the engine")
}

// MySQL and the object store prove themselves by names and by an authority that is not the
// engine's, whose certificates are rights.
func TestSecrets_certificates_of_servers(t *testing.T) {
	t.Parallel()
	dir, err := secrets()
	require.NoError(t, err)
	pool := func(name string) *x509.CertPool {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		roots := x509.NewCertPool()
		require.True(t, roots.AppendCertsFromPEM(raw))
		return roots
	}
	for host, of := range map[string]string{"mysql": "mysql", "objects": "objects", "api-1": "api", "api-2": "api"} {
		at := filepath.Join(dir, "tls-"+of, "server")
		pair, err := tls.LoadX509KeyPair(at+".pem", at+".key")
		require.NoError(t, err)
		_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: pool("inner/ca.pem"), DNSName: host})
		require.NoError(t, err)
		_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: pool("inner/ca.pem"), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		require.Error(t, err, host)
		_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: pool("client/ca.pem"), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		require.Error(t, err, host)
	}
}

func TestScripts_parse(t *testing.T) {
	t.Parallel()
	var scripts []string
	for _, pattern := range []string{"*.sh", "*/*.sh", "../tools/*.sh", "../.ci/run"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		scripts = append(scripts, found...)
	}
	for _, want := range []string{"secrets.sh", "mysql/databases.sh", "temporal/schema.sh", "../tools/mysql.sh"} {
		require.True(t, slices.Contains(scripts, want), want)
	}
	for _, script := range scripts {
		raw, err := os.ReadFile(script)
		require.NoError(t, err)
		shell := "bash"
		if bytes.HasPrefix(raw, []byte("#!/bin/sh\n")) {
			shell = "sh"
		}
		out, err := exec.CommandContext(t.Context(), shell, "-n", script).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	// The image of the engine's tools has no bash.
	raw, err := os.ReadFile("temporal/schema.sh")
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(raw, []byte("#!/bin/sh\n")))
}
