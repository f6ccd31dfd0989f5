package domain

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

// target is the machine's policy with a change.
func target(change func(p *Policy)) Policy {
	p := machinePolicy()
	change(&p)
	return p
}

func TestMigrate_RefusesWhatIsSettled(t *testing.T) {
	t.Parallel()
	at := map[string]func(b *bench){
		"team":   func(*bench) {},
		"filing": func(b *bench) { b.toFiling() },
		"filing, one step passed": func(b *bench) {
			b.toFiling()
			b.do(ApprovePlan, reviewer, Body{Revision: 1})
		},
		"mending for the second step": func(b *bench) {
			b.toFiling()
			b.do(ApprovePlan, reviewer, Body{Revision: 1})
			b.do(ReturnPlan, reviewer, Body{Revision: 1, Reasons: []Reason{{"training_plan", "目标不明"}}})
		},
		"training": func(b *bench) { b.toTraining() },
		"scoring":  func(b *bench) { b.toScoring() },
		"rectification": func(b *bench) {
			b.toConfirmation()
			b.do(ConfirmResult, bureau, Body{Verdict: VerdictRectify, Reasons: []Reason{{"1", "补材料"}}})
		},
		"crediting": func(b *bench) {
			b.toConfirmation()
			b.do(ConfirmResult, bureau, Body{Verdict: VerdictPass})
		},
	}
	rubric := func(p *Policy) { p.Rubric.Pass = 700 }
	chain := func(p *Policy) { p.Filing.Chain = []string{"经办"} }
	otherStart := func(p *Policy) { p.Filing.Chain = []string{"复核", "签发"} }
	parts := func(p *Policy) { p.PlanParts = p.PlanParts[:1] }
	gate := func(p *Policy) { p.Gates.BNum = 90 }
	items := func(p *Policy) { p.Evidence = p.Evidence[:1] }
	moreItems := func(p *Policy) { p.Evidence = append(slices.Clone(p.Evidence), EvidenceItem{No: 3, Name: "丙"}) }
	credit := func(p *Policy) { p.Credit.FailedTeachers = true }
	rounds := func(p *Policy) { p.Rectification.MaxRounds = 2 }
	for _, c := range []struct {
		at, what string
		change   func(p *Policy)
		code     apperr.Code
	}{
		{"team", "nothing", func(*Policy) {}, CodeUnchanged},
		{"team", "programme", func(p *Policy) { p.Programme = "1.0" }, CodePolicySettled},
		{"team", "everything else", func(p *Policy) {
			rubric(p)
			chain(p)
			parts(p)
			gate(p)
			items(p)
			credit(p)
		}, ""},
		{"filing", "parts", parts, CodePolicySettled},
		{"filing", "chain", chain, ""},
		{"filing", "rubric", rubric, ""},
		{"filing, one step passed", "chain too short", chain, CodePolicySettled},
		{"filing, one step passed", "chain with another first step", otherStart, CodePolicySettled},
		{"filing, one step passed", "longer chain", func(p *Policy) { p.Filing.Chain = []string{"经办", "复核", "签发"} }, ""},
		{"mending for the second step", "chain too short", chain, CodePolicySettled},
		{"training", "items", items, CodePolicySettled},
		{"training", "more items", moreItems, ""},
		{"training", "gate", gate, ""},
		{"training", "rubric", rubric, ""},
		{"scoring", "rubric", rubric, CodePolicySettled},
		{"scoring", "gate", gate, CodePolicySettled},
		{"scoring", "more items", moreItems, CodePolicySettled},
		{"scoring", "rounds", rounds, ""},
		{"rectification", "rubric", rubric, CodePolicySettled},
		{"rectification", "rounds", rounds, ""},
		{"crediting", "credit", credit, CodePolicySettled},
	} {
		t.Run(c.at+"/"+c.what, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			at[c.at](b)
			b.f.Target = target(c.change)
			o := b.try(SystemMigrate, System(), Body{Policy: "digest"})
			require.Equal(t, c.code, o.Code, o.Message)
			if !o.Accepted() {
				require.NotEmpty(t, o.Message)
			}
			b.apply(o)
		})
	}
}

func TestMigrate_RefusesPointsThatTeachersMayHaveChosen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.f.Policy.Points.List = []Choice{{"A1", "甲"}, {"A2", "乙"}}
	b.toTraining()
	b.f.Target = b.f.Policy
	b.f.Target.Points.List = b.f.Policy.Points.List[:1]
	b.refused(CodePolicySettled, SystemMigrate, System(), Body{})
}

func TestMigrate_OnlyTheSystemMayAndOnlyOpenCases(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.f.Target = target(func(p *Policy) { p.Panel.Max = 7 })
	b.refused(apperr.Forbidden, SystemMigrate, bureau, Body{})
	b.do(Terminate, bureau, Body{Comment: "停办"})
	b.refused(apperr.CaseClosed, SystemMigrate, System(), Body{})
}

func TestMigrate_MovesOpenDeadlines(t *testing.T) {
	t.Parallel()
	days := func(change func(d *Deadline)) Policy {
		return target(func(p *Policy) {
			d := p.Deadlines[StageTeam]
			change(&d)
			p.Deadlines[StageTeam] = d
		})
	}
	for name, c := range map[string]struct {
		late  int // days after the start
		rungs int // timers that have fired
		to    Policy
		due   int // days after the start, -1 for none
		rung  string
		at    int
		over  bool
	}{
		"later":             {0, 0, days(func(d *Deadline) { d.Days = 9 }), 9, RungRemind, 7, false},
		"earlier":           {2, 0, days(func(d *Deadline) { d.Days = 3 }), 3, RungOverdue, 3, false},
		"none any more":     {0, 0, days(func(d *Deadline) { d.Days = 0; d.RemindBefore = 0 }), -1, "", 0, false},
		"overdue no more":   {5, 2, days(func(d *Deadline) { d.Days = 9 }), 9, RungRemind, 7, false},
		"other reminder":    {0, 0, days(func(d *Deadline) { d.RemindBefore = 1 }), 5, RungRemind, 4, false},
		"longer ladder":     {8, 3, days(func(d *Deadline) { d.Escalate = []int{3, 6} }), 5, RungEscalate + "2", 11, true},
		"shorter ladder":    {6, 2, days(func(d *Deadline) { d.Escalate = nil }), 5, "", 0, true},
		"elsewhere changed": {0, 0, target(func(p *Policy) { p.Panel.Max = 9 }), 5, RungRemind, 3, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			for range c.rungs {
				w := b.s.OpenWaits()[0]
				b.f.Now = *w.RungAt
				b.apply(Decide(b.s, Action{ID: "t" + w.Rung, Kind: SystemRung, Actor: System(), Visit: w.Visit, Body: Body{Rung: w.Rung}}, b.f))
			}
			b.f.Now, b.f.Target = day0.AddDate(0, 0, c.late), c.to
			b.do(SystemMigrate, System(), Body{})
			w := b.s.OpenWaits()[0]
			if c.due < 0 {
				require.Nil(t, w.Due)
			} else {
				require.Equal(t, day0.AddDate(0, 0, c.due), *w.Due)
			}
			require.Equal(t, c.rung, w.Rung)
			if c.rung != "" {
				require.Equal(t, day0.AddDate(0, 0, c.at), *w.RungAt)
			}
			require.Equal(t, c.over, w.Overdue)
		})
	}
}

func TestMigrate_PanelFollows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.toScoring()
	b.f.Target = target(func(p *Policy) { p.Panel.Min = 4 })
	b.do(SystemMigrate, System(), Body{})
	_, asked := b.s.wait(TaskPanel, "")
	require.True(t, asked, "one more expert is asked for")
	b.f.Policy, b.f.Target = b.f.Target, machinePolicy()
	b.do(SystemMigrate, System(), Body{})
	_, asked = b.s.wait(TaskPanel, "")
	require.False(t, asked)
}
