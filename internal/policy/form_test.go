package policy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every value of the base policy has a field, with a title, in the form; so has what is
// added to the policy later.
func TestForm_CoversThePolicy(t *testing.T) {
	t.Parallel()
	byPath := map[string]Field{}
	for _, f := range Form() {
		byPath[f.Path] = f
		require.NotEmpty(t, f.Title, f.Path)
		require.NotContains(t, []string{"", "other"}, f.Type, f.Path)
	}
	base, err := Base("2.0")
	require.NoError(t, err)
	settings, err := Trace(base)
	require.NoError(t, err)
	for _, v := range settings {
		require.Contains(t, byPath, v.Path)
	}
	require.Equal(t, "tenths", byPath["rubric.pass"].Type)
	require.Equal(t, "integer", byPath["deadlines.filing.days"].Type)
	require.True(t, byPath["deadlines.filing.escalate"].Optional)
	require.Equal(t, []Column{{"code", "text", false}, {"path", "texts", false}, {"name", "text", false}, {"max", "tenths", false}, {"evidence", "integers", true}},
		byPath["rubric.indicators"].Columns)
}

func TestDiff_TellsValueByValue(t *testing.T) {
	t.Parallel()
	base, err := Base("2.0")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		patch string
		want  []string
	}{
		"nothing":        {`{}`, nil},
		"same value":     {`{"programme": "2.0"}`, nil},
		"two values":     {`{"rubric": {"pass": 700}, "deadlines": {"team": {"days": 99}}}`, []string{"deadlines.team.days", "rubric.pass"}},
		"list as whole":  {`{"filing": {"chain": ["经办", "复核"]}}`, []string{"filing.chain"}},
		"optional taken": {`{"files": {"practice": {"max_video_bytes": null}}}`, []string{"files.practice.max_video_bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			merged, err := Merge(base, []byte(c.patch))
			require.NoError(t, err)
			changes, err := Diff(base, merged)
			require.NoError(t, err)
			var paths []string
			for _, v := range changes {
				paths = append(paths, v.Path)
				require.NotEmpty(t, v.Title)
				require.NotEqual(t, v.Old, v.New)
			}
			require.Equal(t, c.want, paths)
		})
	}
}
