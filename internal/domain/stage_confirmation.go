package domain

import (
	"slices"
	"strconv"
	"strings"

	"zhengxiao/internal/apperr"
)

// Refusals of confirmation and crediting.
const (
	CodeScoreBelowPass         apperr.Code = "score_below_pass"
	CodeRectificationExhausted apperr.Code = "rectification_exhausted"
	CodeCreditRegistered       apperr.Code = "credit_registered"
	CodeCreditUnbooked         apperr.Code = "credit_unbooked" // the registry has not acknowledged it
	CodeCreditYearEmpty        apperr.Code = "credit_year_empty"
)

func (t *turn) toConfirmation() error {
	mean := Mean(t.totals())
	t.enter(StageConfirmation)
	t.s.Score = &mean
	t.finish(TaskPanel, "")
	return t.open(TaskConfirmation, RoleBureau, t.s.SuperiorID, "")
}

// confirmResult is the bureau's own step after the experts (003:21): nothing is final
// before it.
func confirmResult(t *turn) error {
	t.s.Verdict = t.a.Body.Verdict
	upheld := t.heard()
	switch t.a.Body.Verdict {
	case VerdictPass:
		if pass := t.f.Policy.Rubric.Pass; *t.s.Score < pass {
			return apperr.Newf(CodeScoreBelowPass, "平均分 %s 低于合格线 %s，不能确认为通过；可要求整改或确认为不通过。", t.s.Score.String(), pass.String()).On("verdict")
		}
		t.enter(StageCrediting)
		t.s.Job = JobCredit
		return nil
	case VerdictRectify:
		return t.rectify(upheld)
	case VerdictFail:
		return t.fail()
	default:
		return apperr.New(apperr.Invalid, "请选择通过、整改或不通过。").On("verdict")
	}
}

// rectify opens another round of the dossier with what must be mended, a bounded number
// of times. One that an appeal did not overturn is the same round.
func (t *turn) rectify(upheld bool) error {
	if err := t.reasons(); err != nil {
		return err
	}
	if most := t.f.Policy.Rectification.MaxRounds; !upheld && t.s.Round >= most {
		return apperr.Newf(CodeRectificationExhausted, "整改已达 %d 轮上限，请确认为通过或不通过。", most).On("verdict")
	}
	for _, r := range t.a.Body.Reasons {
		if !t.evidenceItem(r.Part) {
			return apperr.Newf(CodePartUnknown, "整改要求须针对证明清单中的项目编号，没有第 %q 项。", r.Part).On("reasons")
		}
	}
	if u := t.a.Body.Until; u != nil && !u.After(t.f.Now) {
		return apperr.Field("until", "整改期限应晚于当前时间。")
	}
	t.s.Rectify = t.a.Body.Reasons
	if !upheld {
		t.s.Round++
		t.s.RectifiedAt = new(t.f.Now)
	}
	if err := t.objectable(); err != nil {
		return err
	}
	return t.toDossier()
}

func (t *turn) evidenceItem(part string) bool {
	return slices.ContainsFunc(t.f.Policy.Evidence, func(i EvidenceItem) bool { return strconv.Itoa(i.No) == part })
}

// credited asks the bureau to audit once every eligible teacher's hours are recognised
// (003:22); with nobody to credit the case is done.
func credited(t *turn) error {
	if t.s.Job != JobCredit {
		return apperr.New(CodeUnchanged, "学时已经认定。")
	}
	if t.f.Ledger.Problem != nil {
		return t.f.Ledger.Problem
	}
	t.s.Job = ""
	if t.f.Ledger.Expected == 0 {
		t.close(ResultPassed)
		return nil
	}
	return t.open(TaskCreditConfirm, RoleBureau, t.s.SuperiorID, "")
}

// confirmCredit audits one year, or all (001:113: hours may be registered by year).
func confirmCredit(t *turn) error {
	year, all := t.f.Ledger.Count(t.a.Body.Year), t.f.Ledger.Count(0)
	if year.Recognized == 0 {
		return apperr.New(CodeCreditYearEmpty, "该年度没有待确认的学时。").On("year")
	}
	if all.Recognized > year.Recognized {
		return nil
	}
	t.finish(TaskCreditConfirm, "")
	return t.open(TaskCreditRecord, RoleBureau, t.s.SuperiorID, "")
}

// registerCredit records the registry's receipt for one year, or all. The case closes
// only when every row is registered and the ledger holds what eligibility computes.
func registerCredit(t *turn) error {
	if strings.TrimSpace(t.a.Body.Receipt) == "" {
		return required("receipt", "继续教育系统的登记回执号")
	}
	year, all := t.f.Ledger.Count(t.a.Body.Year), t.f.Ledger.Count(0)
	if year.Confirmed == 0 {
		return apperr.New(CodeCreditYearEmpty, "该年度没有待登记的学时。").On("year")
	}
	if n := t.f.Ledger.Missing(t.a.Body.Year); t.f.Policy.Credit.AwaitReceipts && n > 0 {
		return apperr.Newf(CodeCreditUnbooked, "还有%d条学时没有得到登记系统的回执，按政策不能登记办结。请在“学时登记”中报送，并处理被退回和矛盾的回执。", n)
	}
	if all.Confirmed > year.Confirmed {
		return nil
	}
	if t.f.Ledger.Problem != nil {
		return t.f.Ledger.Problem
	}
	t.close(ResultPassed)
	return nil
}

// terminateReady: what the registry has can not be taken back here.
func terminateReady(t *turn) error {
	if n := t.f.Ledger.Count(0).Registered; n > 0 {
		return apperr.Newf(CodeCreditRegistered, "已有 %d 条学时登记到继续教育系统，不能终止；请登记其余学时后办结。", n)
	}
	if n := t.f.Ledger.Filed; n > 0 {
		return apperr.Newf(CodeCreditRegistered, "已有 %d 条学时报送到继续教育系统，不能终止；请先在“学时登记”中冲正，或登记其余学时后办结。", n)
	}
	return nil
}

// exempt (免考) ends a case whose school need not be assessed, with the reason.
func exempt(t *turn) error {
	if strings.TrimSpace(t.a.Body.Comment) == "" {
		return required("comment", "免考的理由")
	}
	t.close(ResultExempt)
	return nil
}

// terminate ends a case at any point, with the reason. Hours not yet registered lapse.
func terminate(t *turn) error {
	if strings.TrimSpace(t.a.Body.Comment) == "" {
		return required("comment", "终止的理由")
	}
	t.close(ResultTerminated)
	return nil
}
