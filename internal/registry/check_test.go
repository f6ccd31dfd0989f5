package registry_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/registry"
)

func TestWhatTheRegistryWouldRefuse(t *testing.T) {
	t.Parallel()
	rules := registry.Rules{
		Project: "P1", OrgCode: regexp.MustCompile(`^\d{9}$`), YearCap: 720, OnePerYear: true, FirstYear: 2020, LastYear: 2026,
	}
	good := registry.Candidate{
		Record: registry.NewRecord(key, 1, 250, ""), IDNumber: "11010519491231002X", Name: "张三", RosterName: "张三", OrgCode: "440106001",
	}
	require.Empty(t, registry.Check(rules, good))
	seen := map[registry.Problem]bool{}
	for name, c := range map[string]struct {
		change func(*registry.Candidate, *registry.Rules)
		want   []registry.Problem
	}{
		"no ID":           {func(c *registry.Candidate, _ *registry.Rules) { c.IDNumber = " " }, []registry.Problem{registry.ProblemNoID}},
		"check digit":     {func(c *registry.Candidate, _ *registry.Rules) { c.IDNumber = "110105194912310021" }, []registry.Problem{registry.ProblemBadID}},
		"other name":      {func(c *registry.Candidate, _ *registry.Rules) { c.Name = "张叁" }, []registry.Problem{registry.ProblemName}},
		"digit in a name": {func(c *registry.Candidate, _ *registry.Rules) { c.Name, c.RosterName = "张3", "张3" }, []registry.Problem{registry.ProblemBadName}},
		"formula":         {func(c *registry.Candidate, _ *registry.Rules) { c.Name, c.RosterName = "=张", "=张" }, []registry.Problem{registry.ProblemBadName}},
		"second line":     {func(c *registry.Candidate, _ *registry.Rules) { c.ElsewhereLines = 1 }, []registry.Problem{registry.ProblemDuplicate}},
		"no hours":        {func(c *registry.Candidate, _ *registry.Rules) { c.Hours = 0 }, []registry.Problem{registry.ProblemHours}},
		"over the cap":    {func(c *registry.Candidate, _ *registry.Rules) { c.Elsewhere = 471 }, []registry.Problem{registry.ProblemCap}},
		"left":            {func(c *registry.Candidate, _ *registry.Rules) { c.Left = true }, []registry.Problem{registry.ProblemLeft}},
		"no school code":  {func(c *registry.Candidate, _ *registry.Rules) { c.OrgCode = "" }, []registry.Problem{registry.ProblemNoOrgCode}},
		"other code":      {func(c *registry.Candidate, _ *registry.Rules) { c.OrgCode = "S1" }, []registry.Problem{registry.ProblemOrgCode}},
		"no project":      {func(_ *registry.Candidate, r *registry.Rules) { r.Project = "" }, []registry.Problem{registry.ProblemNoProject}},
		"too early":       {func(_ *registry.Candidate, r *registry.Rules) { r.FirstYear = 2027 }, []registry.Problem{registry.ProblemFuture}},
		"several": {func(c *registry.Candidate, _ *registry.Rules) { c.IDNumber, c.Left = "", true },
			[]registry.Problem{registry.ProblemNoID, registry.ProblemLeft}},
	} {
		candidate, r := good, rules
		c.change(&candidate, &r)
		require.Equal(t, c.want, registry.Check(r, candidate), name)
		for _, p := range c.want {
			seen[p] = true
		}
	}
	for _, p := range registry.Problems() {
		require.True(t, seen[p], "%s is tried", p)
		require.NotEmpty(t, p.Fix().Title, p)
		require.NotEmpty(t, p.Fix().Why, p)
		require.NotEmpty(t, p.Fix().How, p)
	}
}

func TestWhatIsAllowedPasses(t *testing.T) {
	t.Parallel()
	c := registry.Candidate{Record: registry.NewRecord(key, 1, 250, ""), IDNumber: "11010519491231002x", OrgCode: "S1", Left: true}
	r := registry.Rules{Project: "P1", LeftAllowed: true}
	for _, name := range []string{"张三", "阿卜杜拉·买买提", "Mary O'Neil", "䶮㵄"} {
		c.Name, c.RosterName = name, name
		require.Empty(t, registry.Check(r, c), name)
	}
}

func TestAReversalNamesWhatWasBooked(t *testing.T) {
	t.Parallel()
	c := registry.Candidate{
		Record: registry.NewRecord(key, 2, -250, "ZX"), IDNumber: "11010519491231002X", Name: "李四", RosterName: "张三", Left: true, OrgCode: "S1",
	}
	require.Empty(t, registry.Check(registry.Rules{Project: "P1", OnePerYear: true}, c))
	c.IDNumber = ""
	require.Equal(t, []registry.Problem{registry.ProblemNoID}, registry.Check(registry.Rules{Project: "P1"}, c))
}
