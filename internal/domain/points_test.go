package domain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

var points20 = PointsPolicy{Min: 3, List: []Choice{
	{"B1", "跨学科学习活动设计"}, {"B2", "创造真实学习情境"}, {"B4", "支持学生创造性学习与表达"},
	{"G4", "基于数据分析的学情诊断"}, {"G6", "智慧教学的方法与环境"}, {"G7", "智慧教育背景下教研活动组织或参与"},
}}

func TestTC10_TwoPointsAreNotEnough(t *testing.T) {
	t.Parallel()
	require.False(t, PointsDone(points20, []string{"B1", "B2"}))
	require.True(t, PointsDone(points20, []string{"B1", "B2", "G4"}))
	require.NoError(t, CheckPoints(points20, []string{"B1", "B2", "G4"}, []string{"B1", "B2"}), "a choice may grow")
}

func TestPointChoiceStaysWithinTheSchoolsScope(t *testing.T) {
	t.Parallel()
	scope := []string{"G4", "B2", "G6"}
	for _, c := range []struct {
		chosen []string
		want   apperr.Code
	}{
		{[]string{"G4", "B2", "G6"}, ""},
		{nil, ""},
		{[]string{"G4", "B1"}, CodePointScope},
		{[]string{"Z9"}, CodePointUnknown},
		{[]string{"b2"}, CodePointUnknown},
		{[]string{"G4", "G4"}, CodePointDuplicate},
	} {
		require.Equal(t, c.want, apperr.CodeOf(CheckPoints(points20, scope, c.chosen)), "%v", c.chosen)
	}
}

func TestSchoolScopeMustOfferTheMinimum(t *testing.T) {
	t.Parallel()
	require.NoError(t, CheckScope(points20, []string{"G4", "B2", "G6"}))
	require.True(t, apperr.Is(CheckScope(points20, []string{"G4", "B2"}), CodePointCount))
	require.True(t, apperr.Is(CheckScope(points20, []string{"G4", "B2", "A1"}), CodePointUnknown))
	require.True(t, apperr.Is(CheckScope(points20, []string{"G4", "B2", "B2"}), CodePointDuplicate))
}
