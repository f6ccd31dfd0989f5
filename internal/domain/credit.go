package domain

import (
	"cmp"
	"slices"

	"zhengxiao/internal/apperr"
)

// Codes of crediting.
const (
	CodeCreditState      apperr.Code = "credit_state"      // a step of the ledger out of turn
	CodeLedgerUnbalanced apperr.Code = "ledger_unbalanced" // the ledger differs from what is due
)

// CreditState is where a ledger entry stands (003:22).
type CreditState string

// The states, in order.
const (
	CreditRecognized CreditState = "recognized" // 已认定待审核, by the system
	CreditConfirmed  CreditState = "confirmed"  // 已确认, by the bureau
	CreditRegistered CreditState = "registered" // 已登记, with the registry's reference
)

var creditStateNames = map[CreditState]string{
	CreditRecognized: "已认定待审核", CreditConfirmed: "已确认", CreditRegistered: "已登记",
}

// Name is what users see.
func (s CreditState) Name() string { return creditStateNames[s] }

// Next is the state that follows; a registered entry has none.
func (s CreditState) Next() (CreditState, error) {
	switch s {
	case CreditRecognized:
		return CreditConfirmed, nil
	case CreditConfirmed:
		return CreditRegistered, nil
	}
	return s, apperr.Newf(CodeCreditState, "该学时记录现在是“%s”，不能再推进。", s.Name())
}

// Eligible reports whether a teacher is credited when the school passes: 初审 passed, and
// 合格 unless the policy credits 不合格 teachers too (requirements A10).
func Eligible(p CreditPolicy, t TeacherResult) bool {
	return t.Review == ReviewPassed && (t.Grade == GradeQualified || p.FailedTeachers)
}

// Credit is what a teacher gets: the recorded school-based hours, never above the cap, by
// the year they were earned in (003:175, 001:113); nothing if not eligible.
func Credit(p Policy, t TeacherResult, years []YearHours) []YearHours {
	if !Eligible(p.Credit, t) {
		return nil
	}
	return ByYear(p.Hours, years)
}

// CreditEntry is one line of the ledger: a teacher's hours of one year.
type CreditEntry struct {
	UserID string      `json:"user_id"`
	Year   int         `json:"year"`
	Hours  Hours       `json:"hours"`
	State  CreditState `json:"state"`
}

// Balanced is nil when the ledger holds exactly what each teacher is due by Credit: one
// entry a teacher and year, of the same hours, and none besides. The states do not
// matter; see AllIn.
func Balanced(entries []CreditEntry, expected map[string][]YearHours) error {
	type line struct {
		user string
		year int
	}
	due := map[line]Hours{}
	for user, years := range expected {
		for _, y := range years {
			due[line{user, y.Year}] += y.Hours
		}
	}
	var wrong []line
	for _, e := range entries {
		k := line{e.UserID, e.Year}
		if want, ok := due[k]; !ok || want != e.Hours {
			wrong = append(wrong, k) // more, less, twice, or not due at all
		}
		delete(due, k)
	}
	for k := range due {
		wrong = append(wrong, k)
	}
	if len(wrong) == 0 {
		return nil
	}
	first := slices.MinFunc(wrong, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.user, b.user), cmp.Compare(a.year, b.year))
	})
	return apperr.Newf(CodeLedgerUnbalanced, "学时台账与应认定学时不一致，共%d条，例如教师%s的%d年度。请核对后重新认定。",
		len(wrong), first.user, first.year)
}

// AllIn reports whether every entry stands in that state.
func AllIn(entries []CreditEntry, state CreditState) bool {
	return !slices.ContainsFunc(entries, func(e CreditEntry) bool { return e.State != state })
}
