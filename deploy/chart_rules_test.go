package deploy_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var comments = regexp.MustCompile(`(?m)^\s*(#.*|---)$`)

func newReader(text string) *bufio.Reader { return bufio.NewReader(strings.NewReader(text)) }

func TestChart_refuses_values_that_cannot_work(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]values{
		"tag":            least(values{"image": values{"tag": ""}}),
		"image":          least(values{"image": values{"tag": "latest"}}),
		"publicURL":      least(values{"publicURL": "https://zhengxiao.example/"}),
		"replica":        least(values{"replica": 3}),
		"endpoint":       least(values{"s3": values{"endpoint": "https://objects.storage"}}),
		"MYSQL":          least(values{"settings": values{"MYSQL": "x"}}),
		"minReplicas":    least(values{"api": values{"autoscaling": values{"minReplicas": 1}}}),
		"trustedProxies": least(values{"trustedProxies": ""}),
		"drainSeconds":   least(values{"worker": values{"drainSeconds": 0}}),
	} {
		_, err := render(v, false)
		require.ErrorContains(t, err, want)
	}
	for _, v := range []values{least(), least(values{"trustedProxies": "", "ingress": values{"enabled": false}})} {
		_, err := render(v, false)
		require.NoError(t, err)
	}
}

// worker is the name of a version's Deployment. Tags that begin alike have names of their own.
func worker(tag string) string {
	sum := sha256.Sum256([]byte(tag))
	return "zhengxiao-worker-" + strings.ReplaceAll(tag, ".", "-") + "-" + hex.EncodeToString(sum[:])[:6]
}

func TestChart_makes_what_its_values_ask_for(t *testing.T) {
	t.Parallel()
	m := rendered(t, least())
	require.Equal(t, []string{"zhengxiao-api", worker("v2.0.0")}, sorted(m.deployments))
	require.Equal(t, []string{"zhengxiao-engine-setup", "zhengxiao-migrate", "zhengxiao-promote", "zhengxiao-verify"}, sorted(m.jobs))
	require.Equal(t, sorted(m.deployments), sorted(m.budgets))
	require.Empty(t, m.scalers)
	require.Empty(t, m.monitors)
	require.Equal(t, []string{"zhengxiao-api", "zhengxiao-worker"}, sorted(m.policies))
	require.Contains(t, m.notes, "logs job/zhengxiao-migrate")

	m = rendered(t, everything())
	require.Equal(t, []string{"zhengxiao-api", worker("v1.9.0"), worker("v2.0.0")}, sorted(m.deployments))
	require.Equal(t, sorted(m.deployments), sorted(m.budgets))
	require.Equal(t, []string{"zhengxiao-api", worker("v2.0.0")}, sorted(m.scalers))
	require.Equal(t, "registry.example/zhengxiao:v1.9.0", m.deployments["zhengxiao-api"].Spec.Template.Spec.Containers[0].Image)
	require.Len(t, m.monitors, 1)
	require.Len(t, m.rules, 1)
	alerts, err := os.ReadFile("prometheus/alerts.yaml")
	require.NoError(t, err)
	require.Equal(t, strings.Count(string(alerts), "alert:"), alertsOf(m.rules["zhengxiao"]))
}

func alertsOf(r *prometheusRule) (n int) {
	for _, g := range r.Spec.Groups {
		if rules, ok := g["rules"].([]any); ok {
			n += len(rules)
		}
	}
	return n
}

func TestChart_pods_are_confined_and_configured(t *testing.T) {
	t.Parallel()
	dir, err := secrets()
	require.NoError(t, err)
	mounts := map[string]string{
		"/run/secrets/zhengxiao": filepath.Join(dir, "zhengxiao"), "/run/secrets/temporal": filepath.Join(dir, "client"),
		"/run/secrets/authorities": filepath.Join(dir, "client"),
		"/run/secrets/mysql-ca":    filepath.Join(dir, "inner"), "/run/secrets/store-ca": filepath.Join(dir, "inner"),
		"/run/secrets/syslog": filepath.Join(dir, "client"),
		"/run/secrets/audit":  filepath.Join(dir, "audit"),
	}
	for _, v := range []values{least(), everything()} {
		for name, pod := range rendered(t, v).pods() {
			confined(t, name, pod.Spec)
			c := pod.Spec.Containers[0]
			pinned(t, c.Image)
			understands(t, c.Args)
			for _, v := range pod.Spec.Volumes {
				if v.Name == "mysql" || v.Name == "store" {
					mounts["/run/secrets/"+v.Name] = filepath.Join(dir, strings.TrimPrefix(v.Secret.SecretName, "zhengxiao-"))
				}
			}
			at := map[string]bool{}
			for _, m := range c.VolumeMounts {
				at[m.Name] = true
				if m.MountPath != "/tmp" {
					require.True(t, m.ReadOnly, name)
					require.Contains(t, mounts, m.MountPath)
				}
			}
			for _, volume := range pod.Spec.Volumes {
				require.True(t, volume.Secret != nil || volume.Name == "tmp", name)
				require.True(t, at[volume.Name], name)
			}
			env := map[string]string{}
			for _, e := range c.Env {
				require.NotContains(t, env, e.Name)
				env[e.Name] = e.Value
			}
			conf := configured(t, c.Args[0], env, mounts)
			require.True(t, conf.Temporal.TLS)
			rightAccount(t, c.Args, conf)
			rightStoreAccount(t, c.Args, conf)
			verifies(t, name, conf)
			require.Equal(t, v["mysql"] != nil, conf.MySQL.TLSCAFile != "" && conf.S3.CAFile != "", name)
			require.Equal(t, strings.HasPrefix(name, "zhengxiao-worker-"), conf.Audit.Key != "", "%s: who signs the audit log", name)
			if pod.Spec.TerminationGracePeriodSeconds != nil {
				grace := time.Duration(*pod.Spec.TerminationGracePeriodSeconds) * time.Second
				require.Greater(t, grace, max(conf.HTTP.ShutdownTimeout, conf.Worker.Drain)+5*time.Second, name)
			}
			if v["settings"] != nil {
				require.Equal(t, 24, conf.MySQL.MaxOpen)
				out, err := conf.Notify.Policy()
				require.NoError(t, err)
				require.True(t, out.PlainHTTP && out.Permits(netip.MustParseAddr("10.8.0.1")), name)
				require.Equal(t, strings.HasPrefix(name, "zhengxiao-worker"), out.Roots != nil, "%s: workers alone speak to channels and registries", name)
			}
		}
	}
}

func confined(t *testing.T, name string, pod corev1.PodSpec) {
	t.Helper()
	require.False(t, *pod.AutomountServiceAccountToken, name)
	require.True(t, *pod.SecurityContext.RunAsNonRoot, name)
	require.NotZero(t, *pod.SecurityContext.RunAsUser, name)
	require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, pod.SecurityContext.SeccompProfile.Type, name)
	require.False(t, pod.HostNetwork || pod.HostPID || pod.HostIPC, name)
	require.Len(t, pod.Containers, 1, name)
	c := pod.Containers[0]
	require.True(t, *c.SecurityContext.ReadOnlyRootFilesystem, name)
	require.True(t, slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == "/tmp" && !m.ReadOnly }),
		"%s: documents and sheets are spooled", name)
	require.False(t, *c.SecurityContext.AllowPrivilegeEscalation, name)
	require.Equal(t, []corev1.Capability{"ALL"}, c.SecurityContext.Capabilities.Drop, name)
	require.NotZero(t, c.Resources.Requests.Cpu().MilliValue(), name)
	require.NotZero(t, c.Resources.Limits.Memory().Value(), name)
}

// Whatever points at pods finds them, and each process can be watched, moved and asked.
func TestChart_parts_find_each_other(t *testing.T) {
	t.Parallel()
	for _, v := range []values{least(), everything()} {
		m := rendered(t, v)
		for name, d := range m.deployments {
			require.True(t, selects(t, d.Spec.Selector, d), name)
			require.True(t, selects(t, m.budgets[name].Spec.Selector, d), name)
			for other, o := range m.deployments {
				require.Equal(t, name == other, selects(t, d.Spec.Selector, o), "%s and %s", name, other)
			}
			probed(t, d)
			require.NotEmpty(t, d.Spec.Template.Spec.TopologySpreadConstraints, name)
			for _, c := range d.Spec.Template.Spec.TopologySpreadConstraints {
				require.True(t, selects(t, c.LabelSelector, d), name)
			}
			_, scaled := m.scalers[name]
			require.Equal(t, scaled, d.Spec.Replicas == nil, "%s: one decides how many", name)
			part := d.Spec.Template.Labels["app.kubernetes.io/component"]
			require.True(t, selects(t, &m.policies["zhengxiao-"+part].Spec.PodSelector, d), name)
		}
		for name, s := range m.scalers {
			require.Contains(t, m.deployments, s.Spec.ScaleTargetRef.Name, name)
			require.Equal(t, "Deployment", s.Spec.ScaleTargetRef.Kind, name)
		}
		for name, s := range m.services {
			for part, d := range m.deployments {
				found := labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(d.Spec.Template.Labels))
				require.Equal(t, name == "zhengxiao-metrics" || name == part, found, "%s finds %s", name, part)
				if found {
					require.Contains(t, ports(d), s.Spec.Ports[0].TargetPort.StrVal)
				}
			}
		}
		for _, i := range m.ingresses {
			to := i.Spec.Rules[0].HTTP.Paths[0].Backend.Service
			require.Equal(t, m.services[to.Name].Spec.Ports[0].Name, to.Port.Name)
			require.Equal(t, "zhengxiao.example", i.Spec.Rules[0].Host)
		}
		for _, s := range m.monitors {
			require.True(t, match(t, &s.Spec.Selector, m.services["zhengxiao-metrics"].Labels))
			require.Equal(t, m.services["zhengxiao-metrics"].Spec.Ports[0].Name, s.Spec.Endpoints[0].Port)
			require.Equal(t, "prometheus", s.Labels["release"])
		}
		require.Equal(t, len(m.monitors) == 1, m.services["zhengxiao-metrics"] != nil)
	}
}

func match(t *testing.T, by *metav1.LabelSelector, set map[string]string) bool {
	t.Helper()
	s, err := metav1.LabelSelectorAsSelector(by)
	require.NoError(t, err)
	return s.Matches(labels.Set(set))
}

func selects(t *testing.T, by *metav1.LabelSelector, d *appsv1.Deployment) bool {
	t.Helper()
	return match(t, by, d.Spec.Template.Labels)
}

func ports(d *appsv1.Deployment) []string {
	var names []string
	for _, p := range d.Spec.Template.Spec.Containers[0].Ports {
		names = append(names, p.Name)
	}
	return names
}

func probed(t *testing.T, d *appsv1.Deployment) {
	t.Helper()
	c := d.Spec.Template.Spec.Containers[0]
	for _, p := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		require.NotNil(t, p, d.Name)
		require.Contains(t, ports(d), p.HTTPGet.Port.StrVal)
		require.Equal(t, intstr.String, p.HTTPGet.Port.Type)
	}
	// A database that is away must not have every process killed.
	require.Equal(t, "/healthz", c.LivenessProbe.HTTPGet.Path)
	if c.Name == "api" {
		require.Equal(t, "/readyz", c.ReadinessProbe.HTTPGet.Path)
		require.NotNil(t, c.Lifecycle.PreStop.Sleep)
	}
}

// Nothing is changed before the running cases were found to fit the new version, and nothing
// of it runs before the database and the engine do.
func TestChart_upgrade_order(t *testing.T) {
	t.Parallel()
	m := rendered(t, least())
	hook := func(job string) (string, string) {
		a := m.jobs["zhengxiao-"+job].Annotations
		require.Equal(t, "before-hook-creation", a["helm.sh/hook-delete-policy"])
		return a["helm.sh/hook"], a["helm.sh/hook-weight"]
	}
	for _, tc := range []struct{ job, hook, weight string }{
		{"migrate", "pre-install,pre-upgrade", "-20"}, {"engine-setup", "pre-install,pre-upgrade", "-10"},
		{"verify", "pre-upgrade,pre-rollback", "-30"}, {"promote", "post-install,post-upgrade,post-rollback", "0"},
	} {
		when, weight := hook(tc.job)
		require.Equal(t, tc.hook, when, tc.job)
		require.Equal(t, tc.weight, weight, tc.job)
	}
	// Hooks run when nothing else of the chart is there yet.
	for name, j := range m.jobs {
		require.Empty(t, j.Spec.Template.Spec.ServiceAccountName, name)
		for _, v := range j.Spec.Template.Spec.Volumes {
			if v.EmptyDir == nil {
				require.Contains(t, []string{"zhengxiao", "zhengxiao-owner", "zhengxiao-temporal"}, v.Secret.SecretName)
			}
		}
	}
	require.Zero(t, *m.jobs["zhengxiao-verify"].Spec.BackoffLimit, "what does not replay does not the second time")
}

// While two versions run side by side, the workers of the old one are not touched.
func TestChart_upgrade_leaves_the_previous_workers_alone(t *testing.T) {
	t.Parallel()
	before := rendered(t, least())
	during := rendered(t, least(values{"image": values{"tag": "v2.1.0"}, "api": values{"tag": "v2.0.0"}, "worker": values{"previousTag": "v2.0.0"}}))
	after := rendered(t, least(values{"image": values{"tag": "v2.1.0"}}))
	old, fresh := worker("v2.0.0"), worker("v2.1.0")
	require.Equal(t, before.deployments[old], during.deployments[old])
	require.Equal(t, before.deployments["zhengxiao-api"], during.deployments["zhengxiao-api"])
	require.Equal(t, during.deployments[fresh], after.deployments[fresh])
	require.NotContains(t, after.deployments, old)

	version := func(pod corev1.PodSpec) (all []string) {
		for _, e := range pod.Containers[0].Env {
			if strings.HasPrefix(e.Name, "ZX_TEMPORAL_DEPLOYMENT") || e.Name == "ZX_TEMPORAL_BUILD_ID" {
				all = append(all, e.Value)
			}
		}
		return all
	}
	require.Equal(t, version(during.deployments[fresh].Spec.Template.Spec), version(during.jobs["zhengxiao-promote"].Spec.Template.Spec))
	require.Equal(t, []string{"v2.1.0", "zhengxiao"}, version(during.deployments[fresh].Spec.Template.Spec))
}
