package domain

import (
	"fmt"
	"strconv"
	"strings"

	"zhengxiao/internal/apperr"
)

// Refusals of the dossier.
const (
	CodeDossierIncomplete       apperr.Code = "dossier_incomplete"
	CodeRectificationUnanswered apperr.Code = "rectification_unanswered"
)

func (t *turn) toDossier() error {
	t.enter(StageDossier)
	return t.open(TaskDossier, RoleSchoolAdmin, t.s.SchoolID, "")
}

// dossierReady: every required item of the 15 is there, and in a rectification round
// every item named by the bureau has a newer version.
func dossierReady(t *turn) error {
	ready := map[int]DossierFact{}
	for _, d := range t.f.Dossier {
		ready[d.No] = d
	}
	var missing, stale []string
	for _, item := range t.f.Policy.Evidence {
		if item.Required && !ready[item.No].Ready {
			missing = append(missing, fmt.Sprintf("第%d项《%s》", item.No, item.Name))
		}
	}
	if len(missing) > 0 {
		return apperr.Newf(CodeDossierIncomplete, "验收材料不齐：缺少%s。", strings.Join(missing, "、"))
	}
	for _, r := range t.s.Rectify {
		no, err := strconv.Atoi(r.Part)
		if err != nil {
			continue
		}
		if !ready[no].UploadedAt.After(*t.s.RectifiedAt) {
			stale = append(stale, fmt.Sprintf("第%d项", no))
		}
	}
	if len(stale) > 0 {
		return apperr.Newf(CodeRectificationUnanswered, "整改要求尚未回应：%s还没有上传新的材料。", strings.Join(stale, "、"))
	}
	return nil
}

// submitDossier hands in the folder with the self-score (003:19); from here on the files
// of this round are locked.
func submitDossier(t *turn) error {
	if err := CheckScores(t.f.Policy.Rubric, t.a.Body.Scores); err != nil {
		return err
	}
	return t.toScoring()
}
