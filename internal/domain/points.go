package domain

import (
	"slices"
	"strings"

	"zhengxiao/internal/apperr"
)

// Codes of the capability point rules.
const (
	CodePointUnknown   apperr.Code = "point_unknown"      // not in the policy's list
	CodePointScope     apperr.Code = "point_out_of_scope" // not among those the school uses
	CodePointDuplicate apperr.Code = "point_duplicate"    // chosen twice
	CodePointCount     apperr.Code = "point_count"        // a school scope too small to choose from
)

// CheckScope accepts the 应用能力点 that a school's theme uses: known, each once, and
// enough that a teacher can choose the minimum.
func CheckScope(p PointsPolicy, scope []string) error {
	if err := checkKnown(p, scope); err != nil {
		return err
	}
	if len(scope) < p.Min {
		return apperr.Newf(CodePointCount, "学校选定的应用能力点不足%d个，教师将无法完成选择，请补充。", p.Min).On("points")
	}
	return nil
}

// CheckPoints accepts a teacher's choice within the school's scope (002:29). Fewer than
// the minimum may be saved; PointsDone says when the choice is complete.
func CheckPoints(p PointsPolicy, scope, chosen []string) error {
	if err := checkKnown(p, chosen); err != nil {
		return err
	}
	for _, code := range chosen {
		if !slices.Contains(scope, code) {
			return apperr.Newf(CodePointScope, "应用能力点%s不在本校研修主题范围内，请在%s中选择。", code, strings.Join(scope, "、")).On("points")
		}
	}
	return nil
}

func checkKnown(p PointsPolicy, codes []string) error {
	for i, code := range codes {
		if !slices.ContainsFunc(p.List, func(c Choice) bool { return c.Code == code }) {
			return apperr.Newf(CodePointUnknown, "没有编号为“%s”的应用能力点，请从列表中选择。", code).On("points")
		}
		if slices.Contains(codes[:i], code) {
			return apperr.Newf(CodePointDuplicate, "应用能力点%s选择了两次，请去掉重复的一个。", code).On("points")
		}
	}
	return nil
}

// PointsDone reports whether enough points are chosen (003:275: ≥3个).
func PointsDone(p PointsPolicy, chosen []string) bool { return len(chosen) >= p.Min }

// MissingSummaries lists the chosen points without a 提升总结, in the order chosen: one
// is due for each (003:254, 448). Summaries of other points, or several of one, do not
// help.
func MissingSummaries(chosen, summaries []string) []string {
	var missing []string
	for _, code := range chosen {
		if !slices.Contains(summaries, code) {
			missing = append(missing, code)
		}
	}
	return missing
}
