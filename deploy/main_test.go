// Package deploy_test reads every file that deploys the product the way its consumer does,
// and holds it against the product: settings that it knows, commands that it has.
package deploy_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/config"
)

// scratch holds what is made once for all tests.
var scratch string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "zhengxiao-deploy-"); err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(scratch) }()
		log.SetOutput(io.Discard) // the chart's library tells of each link it follows
		return m.Run()
	}())
}

// release is the version that the program of these tests is stamped with.
const release = "v9.8.7"

var stampVariable = regexp.MustCompile(`-X '([\w/.]+)=\$VERSION'`)

// program builds the product as the Dockerfile stamps it.
var program = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		return "", err
	}
	stamp := stampVariable.FindSubmatch(text)
	if stamp == nil {
		return "", fmt.Errorf("the Dockerfile stamps no version")
	}
	bin := filepath.Join(scratch, "zhengxiao")
	cmd := exec.CommandContext(context.Background(), "go", "build", "-ldflags", fmt.Sprintf("-X '%s=%s'", stamp[1], release), "-o", bin, "./cmd/zhengxiao")
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build program: %w\n%s", err, out)
	}
	return bin, nil
})

// runs reports what the program prints for args.
func runs(t *testing.T, args ...string) string {
	t.Helper()
	bin, err := program()
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), bin, args...).Output()
	require.NoError(t, err, args)
	return string(out)
}

// understands asserts that the program has the command and its flags.
func understands(t *testing.T, args []string) {
	t.Helper()
	require.NotEmpty(t, args)
	path := "zhengxiao"
	for _, word := range args {
		if strings.HasPrefix(word, "-") {
			break
		}
		path += " " + word
	}
	require.Contains(t, runs(t, append(args, "--help")...), "\n  "+path, "the program has this command")
}

// secrets is the folder that secrets.sh fills.
var secrets = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(scratch, "secrets")
	return dir, makeSecrets(dir)
})

func makeSecrets(dir string) error {
	cmd := exec.CommandContext(context.Background(), "sh", "secrets.sh", "zhengxiao.example", "files.example", "v1")
	cmd.Env = append(os.Environ(), "SECRETS_DIR="+dir, "ENV_FILE="+dir+".env")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make secrets: %w\n%s", err, out)
	}
	return nil
}

// needs are the parts of the configuration that a command does not start without.
var needs = map[string][]config.Need{
	"api":       {config.NeedMySQL, config.NeedTemporal, config.NeedS3, config.NeedDataKeys},
	"worker":    {config.NeedMySQL, config.NeedTemporal, config.NeedS3, config.NeedDataKeys},
	"migrate":   {config.NeedMySQL, config.NeedDataKeys},
	"engine":    {config.NeedTemporal},
	"store":     {config.NeedS3},
	"promote":   {config.NeedTemporal},
	"reconcile": {config.NeedMySQL, config.NeedTemporal},
	"codec":     {config.NeedCodec},
}

// rightAccount requires that only commands, which end, own the schema.
func rightAccount(t *testing.T, command []string, c config.Config) {
	t.Helper()
	want := map[string]string{"api": "zhengxiao_api", "worker": "zhengxiao_worker", "codec": ""}
	account, named := want[strings.Join(command, " ")]
	if !named {
		account = "zhengxiao"
	}
	got, _, _ := strings.Cut(c.MySQL.DSN, ":")
	require.Equal(t, account, got, command)
	if command[0] == "migrate" {
		require.Equal(t, want["api"], c.MySQL.APIAccount)
		require.Equal(t, want["worker"], c.MySQL.WorkerAccount)
	}
}

// rightStoreAccount requires that processes use their own accounts of the object store.
func rightStoreAccount(t *testing.T, command []string, c config.Config) {
	t.Helper()
	if command[0] == "codec" { // it opens no files
		return
	}
	dir, err := secrets()
	require.NoError(t, err)
	who := "worker"
	switch command[0] {
	case "api":
		who = "api"
	case "store":
		who = "store"
	}
	for name, got := range map[string]string{"s3_access_key": c.S3.AccessKey, "s3_secret_key": c.S3.SecretKey} {
		want, err := os.ReadFile(filepath.Join(dir, who, name))
		require.NoError(t, err)
		require.Equal(t, string(want), got, "%v: %s", command, name)
	}
}

// configured loads the settings as the command would and returns them. mounts says which
// folder stands where in the container.
func configured(t *testing.T, command string, env, mounts map[string]string) config.Config {
	t.Helper()
	require.Contains(t, needs, command)
	var environ []string
	for name, value := range env {
		if strings.HasSuffix(name, "_FILE") && value != "" {
			value = outside(t, value, mounts)
			require.FileExists(t, value, name)
		}
		environ = append(environ, name+"="+value)
	}
	c, err := config.Load("", environ)
	require.NoError(t, err)
	require.NoError(t, c.Validate(needs[command]...))
	require.Empty(t, c.Unknown, "every ZX_ variable is a setting")
	return c
}

func outside(t *testing.T, path string, mounts map[string]string) string {
	t.Helper()
	for at, from := range mounts {
		if rest, ok := strings.CutPrefix(path, at+"/"); ok {
			return filepath.Join(from, rest)
		}
	}
	require.Fail(t, "nothing is mounted there", path)
	return ""
}

// pinned asserts that an image names its version.
func pinned(t *testing.T, image string) {
	t.Helper()
	name := image[strings.LastIndex(image, "/")+1:]
	_, tag, _ := strings.Cut(name, ":")
	require.NotEmpty(t, tag, image)
	require.NotEqual(t, "latest", tag, image)
}
