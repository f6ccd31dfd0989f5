package models

import (
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// The kinds of slots. The key within a kind says whose or which:
//
//	diagnosis     ""                     the SWOT report
//	plan_part     <part>                 one document of the 两案
//	plan          <user>                 个人提升计划
//	summary       <user>/<point>         能力点提升总结
//	practice      <user>/<point>/<n>     实践证据, several a point
//	activity      <activity>/<n>         线下活动 evidence, several an activity
//	teaching_case <group>                教学设计 of the 教学案例
//	dossier       <no>                   one of the 15 items
const (
	SlotDiagnosis    = "diagnosis"
	SlotPlanPart     = "plan_part"
	SlotPlan         = "plan"
	SlotSummary      = "summary"
	SlotPractice     = "practice"
	SlotActivity     = "activity"
	SlotTeachingCase = "teaching_case"
	SlotDossier      = "dossier"
)

// maxPieces is how many files a practice or an activity may have.
const maxPieces = 9

// Slot is one place for one file of a case; a new upload becomes its current version and
// the old ones are kept.
type Slot struct {
	Kind string
	Key  string
}

// slotPermits say until when each kind of slot takes files.
var slotPermits = map[string]permit{
	SlotDiagnosis: whileDiagnosis, SlotPlanPart: whilePlanning,
	SlotPlan: whileTraining, SlotSummary: whileTraining, SlotActivity: whileTraining, SlotTeachingCase: whileTraining,
	SlotPractice: whileAssessing, SlotDossier: fromFiling,
}

// teacher is whose records the slot belongs to, "" if to nobody's in particular.
func (s Slot) teacher() string {
	switch s.Kind {
	case SlotPlan, SlotSummary, SlotPractice:
		owner, _, _ := strings.Cut(s.Key, "/")
		return owner
	}
	return ""
}

// slotDraftable is draftable for a file of a slot: whoever the study window was opened again
// for may still add the own, and the group's leader the evidence of its activities.
func (s *Store) slotDraftable(tx *gorm.DB, caseID string, slot Slot) (*Case, error) {
	p := slotPermits[slot.Kind]
	if slot.Kind != SlotActivity {
		return s.draftableBy(tx, caseID, slot.teacher(), p)
	}
	id, _, _ := strings.Cut(slot.Key, "/")
	group, err := groupOf(tx, caseID, id)
	if err != nil {
		return nil, err
	}
	return s.draftableWhere(tx, caseID, "group_id", group, p)
}

// checkSlot accepts slots that exist in the case and that the uploader may fill: teachers
// their own (003:251, 254), leaders their group's (003:99, 200).
func checkSlot(tx *gorm.DB, g FileGrant, p domain.Policy) error {
	parts := strings.Split(g.Slot.Key, "/")
	switch g.Slot.Kind {
	case SlotDiagnosis:
		return known(g.Slot.Key == "")
	case SlotPlanPart:
		return known(slices.ContainsFunc(p.PlanParts, func(d domain.PlanPart) bool { return d.Code == g.Slot.Key }))
	case SlotDossier:
		return known(slices.ContainsFunc(p.Evidence, func(e domain.EvidenceItem) bool { return strconv.Itoa(e.No) == g.Slot.Key }))
	case SlotTeachingCase:
		return ledBy(tx, g.CaseID, g.Slot.Key, g.OwnerID)
	case SlotActivity:
		if len(parts) != 2 || !piece(parts[1]) {
			return known(false)
		}
		a, err := lockActivity(forShare(tx), g.CaseID, parts[0])
		if err != nil {
			return err
		}
		return ledBy(tx, g.CaseID, a.GroupID, g.OwnerID)
	}
	return checkTeacherSlot(tx, g, parts)
}

func checkTeacherSlot(tx *gorm.DB, g FileGrant, parts []string) error {
	if g.OwnerID != parts[0] {
		return apperr.New(apperr.Forbidden, "教师的个人材料只能由本人上传。")
	}
	r, err := lockTeacher(tx, g.CaseID, parts[0])
	if err != nil {
		return err
	}
	switch {
	case g.Slot.Kind == SlotPlan && len(parts) == 1:
		return domain.CheckPlanFileName(r.Name, g.Name)
	case g.Slot.Kind == SlotSummary && len(parts) == 2, g.Slot.Kind == SlotPractice && len(parts) == 3 && piece(parts[2]):
		_, err := practiceOf(tx, g.CaseID, parts[0], parts[1])
		return err
	}
	return known(false)
}

// piece reports whether n numbers a file among several.
func piece(n string) bool {
	i, err := strconv.Atoi(n)
	return err == nil && i >= 1 && i <= maxPieces && strconv.Itoa(i) == n
}

func known(ok bool) error {
	if ok {
		return nil
	}
	return apperr.Field("slot", "没有这一项材料，请刷新页面后重新上传。")
}
