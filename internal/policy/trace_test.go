package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/policy"
)

func traced(t *testing.T, body []byte, layers ...[]byte) map[string]policy.Setting {
	t.Helper()
	list, err := policy.Trace(body, layers...)
	require.NoError(t, err)
	by := map[string]policy.Setting{}
	last := ""
	for _, s := range list {
		require.Less(t, last, s.Path, "by path, each once")
		require.NotEmpty(t, s.Title, s.Path)
		require.False(t, strings.HasPrefix(s.Title, "：") || strings.HasSuffix(s.Title, "："), s.Path)
		last, by[s.Path] = s.Path, s
	}
	return by
}

func TestEveryValueOfABasePolicyIsNamedAndExplained(t *testing.T) {
	t.Parallel()
	for _, programme := range policy.Programmes() {
		names, layers, err := policy.BaseLayers(programme)
		require.NoError(t, err)
		require.Len(t, layers, len(names))
		settings := traced(t, base(t, programme), layers...)
		for path, s := range settings {
			require.GreaterOrEqual(t, s.Layer, 0, path)
		}
		require.Equal(t, programme, names[settings["hours.target"].Layer])
		require.Equal(t, "2.0", names[settings["team.min"].Layer])
	}
	_, _, err := policy.BaseLayers("3.0")
	require.Error(t, err)
}

func TestTheLastLayerThatSaysAnythingSetAValue(t *testing.T) {
	t.Parallel()
	_, layers, err := policy.BaseLayers("2.0")
	require.NoError(t, err)
	city := []byte(`{"team":{"min":4},"filing":{"chain":["经办","签发"]},"deadlines":{"filing":{"days":20,"escalate":null}}}`)
	district := []byte(`{"team":{"min":3},"deadlines":{"filing":{"days":15}},"files":{"plan":{"max_video_bytes":1}}}`)
	merged, err := policy.Merge(base(t, "2.0"), city, district)
	require.NoError(t, err)
	settings := traced(t, merged, append(layers, city, district)...)
	for path, want := range map[string]int{
		"team.min": 2, "team.max": 0, "filing.chain": 1, "deadlines.filing.days": 2, "deadlines.filing.remind_before": 0,
		"files.plan.max_video_bytes": 2, "title": 0,
	} {
		require.Equal(t, want, settings[path].Layer, path)
	}
	require.NotContains(t, settings, "deadlines.filing.escalate", "removed")
	require.Equal(t, json.Number("15"), settings["deadlines.filing.days"].Value)
	require.Equal(t, []any{"经办", "签发"}, settings["filing.chain"].Value)

	alone := traced(t, merged, layers...)
	require.Equal(t, -1, alone["deadlines.filing.days"].Layer, "nothing at hand explains it")
	require.Equal(t, 0, alone["team.min"].Layer)
}
