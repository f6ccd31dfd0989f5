package domain

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

// lent is a delegation of a's office to b for a week.
func lent(change ...func(*Delegation)) Delegation {
	d := Delegation{From: "a", To: "b", Role: RoleDistrict, OrgID: "o", StartsAt: day0, EndsAt: day0.AddDate(0, 0, 7), Reason: "外出培训"}
	for _, f := range change {
		f(&d)
	}
	return d
}

func TestDelegation_SaysWhatItMust(t *testing.T) {
	t.Parallel()
	require.NoError(t, lent().Check(day0))
	require.NoError(t, lent(func(d *Delegation) { d.EndsAt = d.StartsAt.Add(LongestDelegation) }).Check(day0))
	for name, c := range map[string]struct {
		field  string
		change func(*Delegation)
	}{
		"nobody":                {"to_user", func(d *Delegation) { d.To = "" }},
		"oneself":               {"to_user", func(d *Delegation) { d.To = "a" }},
		"ends as it starts":     {"ends_at", func(d *Delegation) { d.EndsAt = d.StartsAt }},
		"is over":               {"ends_at", func(d *Delegation) { d.StartsAt, d.EndsAt = day0.AddDate(0, 0, -7), day0 }},
		"lasts over a year":     {"ends_at", func(d *Delegation) { d.EndsAt = d.StartsAt.Add(LongestDelegation + time.Second) }},
		"is without any reason": {"reason", func(d *Delegation) { d.Reason = " \n" }},
	} {
		err := lent(c.change).Check(day0)
		require.Equal(t, apperr.Invalid, apperr.CodeOf(err), name)
		require.Equal(t, c.field, apperr.FieldOf(err), name)
	}
}

func TestDelegation_LeavesOneWhoAnswers(t *testing.T) {
	t.Parallel()
	later := func(d *Delegation) { d.StartsAt, d.EndsAt = d.EndsAt, d.EndsAt.AddDate(0, 0, 7) }
	overlapping := func(d *Delegation) { d.StartsAt = d.EndsAt.Add(-time.Second) }
	between := func(from, to string) func(*Delegation) { return func(d *Delegation) { d.From, d.To = from, to } }
	fits := DelegationFacts{Own: true, Colleague: true}
	for name, c := range map[string]struct {
		facts  DelegationFacts
		change func(*Delegation)
		code   apperr.Code
	}{
		"to a colleague":                      {facts: fits},
		"of an expert's judgement":            {facts: fits, change: func(d *Delegation) { d.Role = RoleExpert }, code: CodeNotDelegable},
		"of a teacher's study":                {facts: fits, change: func(d *Delegation) { d.Role = RoleTeacher }, code: CodeNotDelegable},
		"of the administration":               {facts: fits, change: func(d *Delegation) { d.Role = RoleSysadmin }, code: CodeNotDelegable},
		"of what was lent":                    {facts: DelegationFacts{Colleague: true}, code: CodeNotDelegable},
		"to a stranger":                       {facts: DelegationFacts{Own: true}, code: CodeDelegateUnfit},
		"a second time":                       {facts: others(lent(between("a", "c"), overlapping)), code: CodeDelegationOverlap},
		"after the first is over":             {facts: others(lent(between("a", "c"))), change: later},
		"to who has a stand-in":               {facts: others(lent(between("b", "c"))), code: CodeDelegationChain},
		"by who stands in":                    {facts: others(lent(between("c", "a"))), code: CodeDelegationChain},
		"by a stand-in of another office":     {facts: others(lent(between("c", "a"), func(d *Delegation) { d.OrgID = "p" }))},
		"to who stands in for somebody else":  {facts: others(lent(between("c", "b")))},
		"of another role than the one before": {facts: others(lent()), change: func(d *Delegation) { d.Role = RoleBureau }},
	} {
		d := lent()
		if c.change != nil {
			c.change(&d)
		}
		err := d.Fits(c.facts)
		if c.code == "" {
			require.NoError(t, err, name)
			continue
		}
		require.Equal(t, c.code, apperr.CodeOf(err), name)
	}
}

func others(list ...Delegation) DelegationFacts {
	return DelegationFacts{Own: true, Colleague: true, Others: list}
}
