package domain

import (
	"maps"
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
)

// Codes of scoring.
const (
	CodeScoreUnknown apperr.Code = "score_unknown" // an indicator the rubric does not have
	CodeScoreRange   apperr.Code = "score_range"   // below zero or above the indicator's maximum
	CodeScoreMissing apperr.Code = "score_missing" // an indicator without a score
	CodePanelScores  apperr.Code = "panel_scores"  // fewer submitted scores than the panel needs
)

// String writes a score without trailing zeros: 875 is "87.5".
func (s Score) String() string { return tenths(int(s)) }

// CheckScores accepts a score sheet that has every indicator of the rubric once, each
// between zero and its maximum. The error names every offending indicator.
func CheckScores(r Rubric, scores map[string]Score) error {
	var missing, outside []string
	known := map[string]bool{}
	for _, i := range r.Indicators {
		known[i.Code] = true
		s, ok := scores[i.Code]
		switch {
		case !ok:
			missing = append(missing, i.Code)
		case s < 0 || s > i.Max:
			outside = append(outside, i.Code+"(0至"+i.Max.String()+"分)")
		}
	}
	var unknown []string
	for _, code := range slices.Sorted(maps.Keys(scores)) {
		if !known[code] {
			unknown = append(unknown, code)
		}
	}
	switch {
	case len(unknown) > 0:
		return apperr.Newf(CodeScoreUnknown, "量表中没有指标%s，请刷新后重新打分。", strings.Join(unknown, "、")).On("scores")
	case len(outside) > 0:
		return apperr.Newf(CodeScoreRange, "得分超出范围：%s，请修改。", strings.Join(outside, "、")).On("scores")
	case len(missing) > 0:
		return apperr.Newf(CodeScoreMissing, "还有%d项指标没有打分：%s。", len(missing), strings.Join(missing, "、")).On("scores")
	}
	return nil
}

// Total adds up a score sheet.
func Total(scores map[string]Score) Score {
	var sum Score
	for _, s := range scores {
		sum += s
	}
	return sum
}

// Mean is the exact mean of scores, rounded half up to a tenth of a point. Scores are
// never negative. Of no scores it is 0: ask Aggregate, which refuses that.
func Mean(scores []Score) Score {
	var sum Score
	for _, s := range scores {
		sum += s
	}
	n := Score(len(scores))
	if n == 0 {
		return 0
	}
	return (2*sum + n) / (2 * n)
}

// Tally is how a panel's submitted scores become one. Total is the mean of the experts'
// totals; the indicators' means are rounded one by one and need not add up to it.
type Tally struct {
	Sheets     int              `json:"sheets"`
	Total      Score            `json:"total"`
	Passed     bool             `json:"passed"` // reaches the rubric's pass mark
	Indicators map[string]Score `json:"indicators"`
}

// Aggregate makes one result of the submitted score sheets, each already checked with
// CheckScores. Experts who did not submit are not among them and weigh nothing.
func Aggregate(p PanelPolicy, r Rubric, sheets []map[string]Score) (Tally, error) {
	if len(sheets) == 0 || len(sheets) < p.Min {
		return Tally{}, apperr.Newf(CodePanelScores, "已提交的专家评分只有%d份，至少须%d份。请催办或增补专家。", len(sheets), max(p.Min, 1))
	}
	totals := make([]Score, len(sheets))
	for i, sheet := range sheets {
		totals[i] = Total(sheet)
	}
	t := Tally{Sheets: len(sheets), Total: Mean(totals), Indicators: map[string]Score{}}
	t.Passed = t.Total >= r.Pass
	for _, ind := range r.Indicators {
		column := make([]Score, len(sheets))
		for i, sheet := range sheets {
			column[i] = sheet[ind.Code]
		}
		t.Indicators[ind.Code] = Mean(column)
	}
	return t, nil
}
