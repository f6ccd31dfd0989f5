package deploy_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"zhengxiao/internal/config"
)

var composeEnv = []string{
	"SITE=zhengxiao.example", "FILES=files.example", "VERSION=v1.2.3", "RUN_AS=65532:65532", "CLAMAV=clamav:3310", "NOTIFY_ALLOW=10.8.0.0/16,127.0.0.0/8", "NOTIFY_HTTP=true",
	"SYSLOG=tls://logs.example:6514", "SYSLOG_CA=/run/secrets/temporal/ca.pem", "SYSLOG_CERT=/run/secrets/temporal/client.pem", "SYSLOG_KEY=/run/secrets/temporal/client.key",
}

func loadCompose(t *testing.T, env ...string) (*types.Project, error) {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{"compose.yaml"}, cli.WithEnv(env), cli.WithProfiles([]string{"*"}), cli.WithResolvedPaths(true))
	require.NoError(t, err)
	return o.LoadProject(t.Context())
}

// compose is the project with every profile.
func compose(t *testing.T) *types.Project {
	t.Helper()
	p, err := loadCompose(t, composeEnv...)
	require.NoError(t, err)
	require.Empty(t, p.DisabledServices)
	return p
}

func TestCompose_asks_for_what_it_cannot_guess(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"SITE", "FILES", "VERSION", "RUN_AS"} {
		env := slices.DeleteFunc(slices.Clone(composeEnv), func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
		_, err := loadCompose(t, env...)
		require.ErrorContains(t, err, name)
	}
}

func TestCompose_services_end_and_begin_in_order(t *testing.T) {
	t.Parallel()
	for _, s := range compose(t).Services {
		pinned(t, s.Image)
		require.False(t, s.Privileged, s.Name)
		require.Empty(t, s.NetworkMode, s.Name)
		require.Contains(t, s.SecurityOpt, "no-new-privileges:true", s.Name)
		require.NotNil(t, s.Logging, "%s: logs are rotated", s.Name)
		if s.Restart == types.RestartPolicyNo { // it ends
			continue
		}
		require.Equal(t, types.RestartPolicyUnlessStopped, s.Restart, s.Name)
		_, reason := s.Extensions["x-health"]
		require.True(t, s.HealthCheck != nil || reason, "%s: a health check or the reason for none", s.Name)
		require.NotNil(t, s.Deploy, s.Name)
		require.NotZero(t, s.Deploy.Resources.Limits.MemoryBytes, s.Name)
	}
}

func TestCompose_only_the_proxy_is_published(t *testing.T) {
	t.Parallel()
	p := compose(t)
	// clamav fetches its signatures; workers send mail, messages and hours.
	outward := map[string][]string{"edge": {"proxy", "clamav"}, "outward": {"worker-1", "worker-2"}}
	for _, name := range outward["outward"] {
		require.Contains(t, p.Services[name].Networks, "outward", "%s reaches no channel and no registry", name)
	}
	for _, s := range p.Services {
		require.Equal(t, s.Name == "proxy", len(s.Ports) > 0, s.Name)
		require.NotContains(t, s.Networks, "default", s.Name)
		for name := range s.Networks {
			require.True(t, p.Networks[name].Internal || slices.Contains(outward[name], s.Name), "%s in %s", s.Name, name)
		}
	}
}

// product are the services of the program itself, with the settings they load.
func product(t *testing.T, p *types.Project) map[string]config.Config {
	t.Helper()
	dir, err := secrets()
	require.NoError(t, err)
	all := map[string]config.Config{}
	for _, s := range p.Services {
		if s.Image != "zhengxiao:v1.2.3" {
			continue
		}
		mounts, env := map[string]string{}, map[string]string{}
		for _, v := range s.Volumes {
			rel, err := filepath.Rel(p.WorkingDir, v.Source)
			require.NoError(t, err)
			require.True(t, v.ReadOnly, s.Name)
			mounts[v.Target] = filepath.Join(dir, strings.TrimPrefix(rel, "secrets/"))
		}
		for name, value := range s.Environment {
			require.NotNil(t, value, name)
			env[name] = *value
		}
		all[s.Name] = configured(t, s.Command[0], env, mounts)
	}
	return all
}

// The keys of people's data and of payloads are for the program itself.
func TestCompose_keys_are_in_no_other_container(t *testing.T) {
	t.Parallel()
	for _, s := range compose(t).Services {
		if s.Image == "zhengxiao:v1.2.3" {
			continue
		}
		for _, v := range s.Volumes {
			require.NotContains(t, v.Source, "secrets/zhengxiao", s.Name)
		}
	}
}

// The root's key of the object store is where it is needed: what it can do to what is locked
// nobody else can.
func TestCompose_the_stores_root_is_alone(t *testing.T) {
	t.Parallel()
	var with []string
	p := compose(t)
	for _, s := range p.Services {
		sources := []string{}
		for _, v := range s.Volumes {
			sources = append(sources, v.Source)
		}
		for _, secret := range s.Secrets {
			sources = append(sources, p.Secrets[secret.Source].File)
		}
		if slices.ContainsFunc(sources, func(at string) bool {
			rel, err := filepath.Rel(p.WorkingDir, at)
			return err == nil && (rel == "secrets" || strings.HasPrefix(rel+"/", "secrets/store/"))
		}) {
			with = append(with, s.Name)
		}
	}
	slices.Sort(with)
	require.Equal(t, []string{"objects", "store-setup"}, with)
	setup := product(t, p)["store-setup"].S3
	require.NotEmpty(t, setup.APIAccessKey)
	require.NotEmpty(t, setup.WorkerAccessKey)
	keys := []string{setup.AccessKey, setup.APIAccessKey, setup.WorkerAccessKey}
	slices.Sort(keys)
	require.Len(t, slices.Compact(keys), 3, "everybody has an account of their own")
	for _, name := range []string{"api-1", "api-2", "worker-1", "worker-2"} {
		require.Equal(t, types.ServiceConditionCompletedSuccessfully, p.Services[name].DependsOn["store-setup"].Condition, name)
	}
}

func TestCompose_product_is_configured_and_confined(t *testing.T) {
	t.Parallel()
	p := compose(t)
	all := product(t, p)
	for _, want := range []string{"api-1", "api-2", "worker-1", "worker-2", "migrate", "engine-setup", "store-setup", "promote", "verify", "reconcile", "codec"} {
		require.Contains(t, all, want)
	}
	for name, c := range all {
		s := p.Services[name]
		understands(t, s.Command)
		rightAccount(t, s.Command, c)
		rightStoreAccount(t, s.Command, c)
		require.True(t, s.ReadOnly, name)
		require.True(t, slices.ContainsFunc(s.Tmpfs, func(m string) bool { return strings.HasPrefix(m, "/tmp:mode=1777,") }),
			"%s: documents and sheets are spooled", name)
		require.Equal(t, []string{"ALL"}, s.CapDrop, name)
		require.Equal(t, "65532:65532", s.User, name)
		if s.Restart == types.RestartPolicyNo {
			continue
		}
		require.NotNil(t, s.StopGracePeriod, name)
		require.Greater(t, time.Duration(*s.StopGracePeriod), c.HTTP.ShutdownTimeout, name)
	}
	require.True(t, all["worker-1"].Temporal.TLS)
	require.Less(t, all["worker-1"].Worker.Drain, time.Duration(*p.Services["worker-1"].StopGracePeriod))
	require.Equal(t, "v1.2.3", all["worker-1"].Temporal.BuildID)
	require.Equal(t, all["worker-1"].Temporal, all["promote"].Temporal, "what is promoted is what works")
	// The api believes the proxy, and nobody else, about who asks.
	proxy := netip.MustParseAddr(p.Services["proxy"].Networks["front"].Ipv4Address)
	require.True(t, netip.MustParsePrefix(p.Networks["front"].Ipam.Config[0].Subnet).Contains(proxy))
	require.Equal(t, []string{proxy.String()}, all["api-1"].HTTP.TrustedProxies)
}

// Secrets are files: none stands in an environment, nor is a folder mounted that is not there.
func TestCompose_mounts_are_there_and_secrets_are_files(t *testing.T) {
	t.Parallel()
	dir, err := secrets()
	require.NoError(t, err)
	p := compose(t)
	made := func(path string) string {
		rel, err := filepath.Rel(p.WorkingDir, path)
		require.NoError(t, err)
		if rest, ok := strings.CutPrefix(rel, "secrets/"); ok {
			return filepath.Join(dir, rest)
		}
		return path
	}
	for _, s := range p.Services {
		for name, value := range s.Environment {
			secret := regexp.MustCompile(`PASSWORD|SECRET|TOKEN|_KEYS?$|_DSN`).MatchString(name) && !strings.HasSuffix(name, "_FILE")
			secret = secret && !strings.HasPrefix(*value, "/run/") // where it lies
			require.False(t, secret, "%s: %s=%v", s.Name, name, value)
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind && v.Target != "/certs" {
				_, err := os.Stat(made(v.Source))
				require.NoError(t, err, s.Name)
			}
		}
		for _, secret := range s.Secrets {
			require.FileExists(t, made(p.Secrets[secret.Source].File), s.Name)
		}
	}
}

// The engine's settings are those that its template and schema script read.
func TestCompose_engine_settings_are_read(t *testing.T) {
	t.Parallel()
	for service, file := range map[string]string{"temporal": "temporal/server.yaml", "temporal-schema": "temporal/schema.sh"} {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		s := compose(t).Services[service]
		text := strings.Join(append(s.Command, s.Entrypoint...), " ")
		for name := range s.Environment {
			require.Contains(t, string(raw), name, service)
		}
		for _, m := range regexp.MustCompile(`(TEMPORAL_\w+)=`).FindAllStringSubmatch(text, -1) {
			require.Contains(t, string(raw), m[1], service)
		}
	}
}

// Who is named in the proxy's and Prometheus' files is a service, and is asked at a port it listens on.
func TestCompose_neighbours_exist(t *testing.T) {
	t.Parallel()
	p := compose(t)
	caddy, err := os.ReadFile("caddy/Caddyfile")
	require.NoError(t, err)
	upstreams := regexp.MustCompile(`\b([a-z][a-z0-9-]*):(\d+)\b`).FindAllStringSubmatch(string(caddy), -1)
	require.Len(t, upstreams, 3)
	for _, u := range upstreams {
		require.Contains(t, p.Services, u[1])
		require.Contains(t, p.Services[u[1]].Networks, "front")
		require.Equal(t, map[string]string{"api-1": "8080", "api-2": "8080", "objects": "7070"}[u[1]], u[2])
	}
	require.Contains(t, string(caddy), "flush_interval -1")

	var scrape struct {
		ScrapeConfigs []struct {
			StaticConfigs []struct {
				Targets []string `json:"targets"`
			} `json:"static_configs"`
		} `json:"scrape_configs"`
	}
	raw, err := os.ReadFile("prometheus/prometheus.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(raw, &scrape))
	var asked []string
	for _, c := range scrape.ScrapeConfigs {
		for _, s := range c.StaticConfigs {
			asked = append(asked, s.Targets...)
		}
	}
	require.ElementsMatch(t, []string{"api-1:9090", "api-2:9090", "worker-1:9090", "worker-2:9090", "temporal:9091"}, asked)
	for _, target := range asked {
		name, _, _ := strings.Cut(target, ":")
		require.Contains(t, p.Services, name)
	}
}

// All pools together leave room on the database's server.
func TestCompose_connections_fit(t *testing.T) {
	t.Parallel()
	const reserve = 50 // backup, operators, the commands that run once
	cnf, err := os.ReadFile("mysql/zhengxiao.cnf")
	require.NoError(t, err)
	limit := regexp.MustCompile(`(?m)^max_connections = (\d+)$`).FindSubmatch(cnf)
	require.NotNil(t, limit)
	most, err := strconv.Atoi(string(limit[1]))
	require.NoError(t, err)
	const engine = 20 * 2 // one process, two databases: TEMPORAL_DB_MAX_CONNS
	open := engine
	for name, c := range product(t, compose(t)) {
		if strings.HasPrefix(name, "api-") || strings.HasPrefix(name, "worker-") {
			open += c.MySQL.MaxOpen
		}
	}
	// Twice as many processes run while versions overlap.
	require.LessOrEqual(t, 2*open+reserve, most)
}
