package deploy_test

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"
)

const chartDir = "helm/zhengxiao"

type values = map[string]any

// least is what the chart cannot guess.
func least(more ...values) values {
	v := values{
		"image": values{"repository": "registry.example/zhengxiao", "tag": "v2.0.0"}, "publicURL": "https://zhengxiao.example",
		"filesURL": "https://files.example", "trustedProxies": "10.0.0.0/8", "s3": values{"endpoint": "objects.storage:9000"},
	}
	for _, m := range more {
		v = chartutil.MergeTables(m, v)
	}
	return v
}

func everything() values {
	return least(values{
		"settings": values{"ZX_MYSQL_MAX_OPEN": "24"}, "pullSecrets": []any{values{"name": "registry"}},
		"notify":     values{"allow": []any{"10.8.0.0/16", "127.0.0.0/8"}, "http": true, "caSecret": "authorities"},
		"mysql":      values{"caSecret": "mysql-ca"},
		"s3":         values{"caSecret": "store-ca"},
		"syslog":     values{"address": "tls://logs.example:6514", "secret": "syslog", "clientCert": true},
		"api":        values{"tag": "v1.9.0", "autoscaling": values{"enabled": true}},
		"worker":     values{"previousTag": "v1.9.0", "autoscaling": values{"enabled": true}},
		"monitoring": values{"serviceMonitor": true, "prometheusRule": true, "labels": values{"release": "prometheus"}},
	})
}

// manifest is what the cluster is told, decoded as strictly as the cluster's own types are.
type manifest struct {
	deployments map[string]*appsv1.Deployment
	jobs        map[string]*batchv1.Job
	crons       map[string]*batchv1.CronJob
	services    map[string]*corev1.Service
	budgets     map[string]*policyv1.PodDisruptionBudget
	scalers     map[string]*autoscalingv2.HorizontalPodAutoscaler
	ingresses   map[string]*networkingv1.Ingress
	policies    map[string]*networkingv1.NetworkPolicy
	monitors    map[string]*serviceMonitor
	rules       map[string]*prometheusRule
	notes       string
}

// serviceMonitor and prometheusRule are the fields that the chart uses of the operator's types.
type serviceMonitor struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		Selector  metav1.LabelSelector `json:"selector"`
		Endpoints []struct {
			Port     string `json:"port"`
			Path     string `json:"path"`
			Interval string `json:"interval"`
		} `json:"endpoints"`
	} `json:"spec"`
}

type prometheusRule struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		Groups []map[string]any `json:"groups"`
	} `json:"spec"`
}

func render(v values, upgrade bool) (map[string]string, error) {
	chart, err := loader.LoadDir(chartDir)
	if err != nil {
		return nil, err
	}
	all, err := chartutil.ToRenderValues(chart, v, chartutil.ReleaseOptions{
		Name: "zhengxiao", Namespace: "edu", Revision: 1, IsInstall: !upgrade, IsUpgrade: upgrade,
	}, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	return engine.Engine{Strict: true}.Render(chart, all)
}

func rendered(t *testing.T, v values) *manifest {
	t.Helper()
	files, err := render(v, false)
	require.NoError(t, err)
	m := &manifest{
		map[string]*appsv1.Deployment{}, map[string]*batchv1.Job{}, map[string]*batchv1.CronJob{}, map[string]*corev1.Service{},
		map[string]*policyv1.PodDisruptionBudget{}, map[string]*autoscalingv2.HorizontalPodAutoscaler{}, map[string]*networkingv1.Ingress{},
		map[string]*networkingv1.NetworkPolicy{}, map[string]*serviceMonitor{}, map[string]*prometheusRule{}, "",
	}
	for name, text := range files {
		if strings.HasSuffix(name, "NOTES.txt") {
			m.notes = text
			continue
		}
		m.add(t, name, text)
	}
	return m
}

func (m *manifest) add(t *testing.T, file, text string) {
	t.Helper()
	docs := yaml.NewYAMLReader(newReader(text))
	for {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		var head metav1.PartialObjectMetadata
		require.NoError(t, strict.Unmarshal(doc, &head), file)
		switch head.Kind {
		case "Deployment":
			into(t, m.deployments, head.Name, doc)
		case "Job":
			into(t, m.jobs, head.Name, doc)
		case "CronJob":
			into(t, m.crons, head.Name, doc)
		case "Service":
			into(t, m.services, head.Name, doc)
		case "PodDisruptionBudget":
			into(t, m.budgets, head.Name, doc)
		case "HorizontalPodAutoscaler":
			into(t, m.scalers, head.Name, doc)
		case "Ingress":
			into(t, m.ingresses, head.Name, doc)
		case "NetworkPolicy":
			into(t, m.policies, head.Name, doc)
		case "ServiceMonitor":
			into(t, m.monitors, head.Name, doc)
		case "PrometheusRule":
			into(t, m.rules, head.Name, doc)
		case "":
			require.Empty(t, strings.TrimSpace(comments.ReplaceAllString(string(doc), "")), file)
		default:
			require.Fail(t, "nothing checks this kind", head.Kind)
		}
	}
}

func into[T any](t *testing.T, all map[string]*T, name string, doc []byte) {
	t.Helper()
	require.NotContains(t, all, name, "one name, one object")
	v := new(T)
	require.NoError(t, strict.UnmarshalStrict(doc, v), name)
	all[name] = v
}

// pods are all the pods of a manifest by the name of what makes them.
func (m *manifest) pods() map[string]*corev1.PodTemplateSpec {
	all := map[string]*corev1.PodTemplateSpec{}
	for name, d := range m.deployments {
		all[name] = &d.Spec.Template
	}
	for name, j := range m.jobs {
		all[name] = &j.Spec.Template
	}
	for name, c := range m.crons {
		all[name] = &c.Spec.JobTemplate.Spec.Template
	}
	return all
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
