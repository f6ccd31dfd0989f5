package api

import (
	"fmt"
	"strings"
	"time"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// stuckText says in one line why a case stands where it does. It names nobody.
func stuckText(row *models.ProgressRow, s domain.State, short models.Shortfalls) string {
	if s.Paused != nil {
		return pausedText(s.Paused)
	}
	switch s.Stage {
	case domain.StageTeam, domain.StageDiagnosis, domain.StagePlanning:
		if s.Return != nil {
			return "已退回，待修改后重新提交"
		}
		return "尚未" + row.WaitingTask.Name()
	case domain.StageFiling:
		text := fmt.Sprintf("第%d版两案待审", s.Revision)
		if s.ChainPos > 0 {
			text += fmt.Sprintf("，已通过%d级审核", s.ChainPos)
		}
		return text
	case domain.StageTraining:
		return shortText(short, "学时均已满，待学校结束研修")
	case domain.StageAssessment:
		return shortText(short, "初审与测评均已达到要求，待学校提交")
	case domain.StageDossier:
		text := shortText(short, "材料已齐，待学校提交")
		if s.Round > 0 {
			text = fmt.Sprintf("整改第%d轮，%s", s.Round, text)
		}
		return text
	case domain.StageScoring:
		return panelText(s)
	case domain.StageConfirmation:
		if _, objectable := s.Waiting(domain.TaskAppeal); objectable {
			return "已确认为不通过，待学校认可结果或申请复核"
		}
		if s.Appeal != nil && s.Appeal.Pending {
			return "学校已申请复核，待教育局复核"
		}
		return "打分已结束，待确认考核结果"
	case domain.StageCrediting:
		if row.WaitingTask == "" {
			return "系统正在认定学时"
		}
		return "学时已认定，待" + row.WaitingTask.Name()
	default:
		return ""
	}
}

func pausedText(p *domain.Suspension) string {
	text := "已暂停：" + p.Reason
	if p.Until != nil {
		text += "；缓期至" + p.Until.In(china).Format(time.DateOnly)
	}
	return text
}

func shortText(short models.Shortfalls, none string) string {
	var parts []string
	for _, kind := range []models.BlockerKind{models.BlockerHours, models.BlockerReview, models.BlockerGrade, models.BlockerDossier} {
		if n := short[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf(blockerTexts[kind], n))
		}
	}
	if len(parts) == 0 {
		return none
	}
	return strings.Join(parts, "，")
}

func panelText(s domain.State) string {
	var active, scored int
	for _, m := range s.Panel {
		if m.Active() {
			active++
		}
		if m.Status == domain.MemberScored {
			scored++
		}
	}
	if active == 0 {
		return "尚未安排考核专家"
	}
	return fmt.Sprintf("%d名专家中%d名已提交打分", active, scored)
}
