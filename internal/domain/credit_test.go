package domain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

func TestCreditGoesToEligibleTeachers(t *testing.T) {
	t.Parallel()
	years := []YearHours{{2021, 200}, {2022, 100}}
	generous := policy20
	generous.Credit.FailedTeachers = true
	due := []YearHours{{2021, 200}, {2022, 50}}
	for name, c := range map[string]struct {
		p    Policy
		t    TeacherResult
		want []YearHours
	}{
		"qualified":                  {policy20, TeacherResult{Review: ReviewPassed, Grade: GradeQualified}, due},
		"unqualified":                {policy20, TeacherResult{Review: ReviewPassed, Grade: GradeUnqualified}, nil},
		"not yet graded":             {policy20, TeacherResult{Review: ReviewPassed, Grade: GradePending}, nil},
		"unqualified, policy allows": {generous, TeacherResult{Review: ReviewPassed, Grade: GradeUnqualified}, due},
		"初审 failed":                  {generous, TeacherResult{Review: ReviewFailed, Grade: GradeQualified}, nil},
		"初审 pending":                 {generous, TeacherResult{Review: ReviewPending, Grade: GradeQualified}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, Credit(c.p, c.t, years))
		})
	}
}

func TestLedgerEntriesMoveForwardOnly(t *testing.T) {
	t.Parallel()
	s, err := CreditRecognized.Next()
	require.NoError(t, err)
	require.Equal(t, CreditConfirmed, s)
	s, err = s.Next()
	require.NoError(t, err)
	require.Equal(t, CreditRegistered, s)
	_, err = s.Next()
	require.True(t, apperr.Is(err, CodeCreditState))
	_, err = CreditState("").Next()
	require.Error(t, err)
}

func TestLedgerBalance(t *testing.T) {
	t.Parallel()
	expected := map[string][]YearHours{"a": {{2021, 200}, {2022, 50}}, "b": {{2022, 250}}, "c": nil}
	full := func() []CreditEntry {
		return []CreditEntry{
			{"a", 2021, 200, CreditRegistered}, {"a", 2022, 50, CreditRecognized}, {"b", 2022, 250, CreditConfirmed},
		}
	}
	require.NoError(t, Balanced(full(), expected))
	require.NoError(t, Balanced(nil, nil))

	for name, change := range map[string]func(e []CreditEntry) []CreditEntry{
		"missing":    func(e []CreditEntry) []CreditEntry { return e[:2] },
		"doubled":    func(e []CreditEntry) []CreditEntry { return append(e, e[0]) },
		"too much":   func(e []CreditEntry) []CreditEntry { e[1].Hours++; return e },
		"wrong year": func(e []CreditEntry) []CreditEntry { e[2].Year = 2021; return e },
		"not due":    func(e []CreditEntry) []CreditEntry { return append(e, CreditEntry{"c", 2022, 10, CreditRecognized}) },
		"swapped sums that add up": func(e []CreditEntry) []CreditEntry {
			e[0].Hours, e[1].Hours = 199, 51
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.True(t, apperr.Is(Balanced(change(full()), expected), CodeLedgerUnbalanced))
		})
	}
}

func TestAllIn(t *testing.T) {
	t.Parallel()
	e := []CreditEntry{{"a", 2021, 200, CreditRegistered}, {"b", 2021, 200, CreditConfirmed}}
	require.False(t, AllIn(e, CreditRegistered))
	require.True(t, AllIn(e[:1], CreditRegistered))
}
