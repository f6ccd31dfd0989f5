package domain

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

var rubric = Rubric{Full: 100, Pass: 60, Indicators: []Indicator{
	{Code: "C1", Max: 30}, {Code: "C2", Max: 20}, {Code: "C3", Max: 50},
}}

func TestScoreSheets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scores map[string]Score
		want   apperr.Code
		says   string
	}{
		"full":      {map[string]Score{"C1": 30, "C2": 20, "C3": 50}, "", ""},
		"zeros":     {map[string]Score{"C1": 0, "C2": 0, "C3": 0}, "", ""},
		"missing":   {map[string]Score{"C1": 30}, CodeScoreMissing, "还有2项指标没有打分：C2、C3"},
		"none":      {nil, CodeScoreMissing, "还有3项"},
		"unknown":   {map[string]Score{"C1": 30, "C2": 20, "C3": 50, "C9": 1}, CodeScoreUnknown, "C9"},
		"too high":  {map[string]Score{"C1": 31, "C2": 20, "C3": 50}, CodeScoreRange, "C1(0至3分)"},
		"below nil": {map[string]Score{"C1": 30, "C2": -1, "C3": 50}, CodeScoreRange, "C2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := CheckScores(rubric, c.scores)
			require.Equal(t, c.want, apperr.CodeOf(err), "%v", err)
			if err != nil {
				require.Contains(t, apperr.MessageOf(err), c.says)
			}
		})
	}
}

func TestMeanRoundsHalfUpExactly(t *testing.T) {
	t.Parallel()
	require.Equal(t, Score(876), Mean([]Score{875, 876}), "87.55 → 87.6")
	require.Equal(t, Score(867), Mean([]Score{866, 866, 868}), "86.67 → 86.7")
	require.Equal(t, Score(866), Mean([]Score{866, 866, 867}), "86.63 → 86.6")
	require.Equal(t, Score(0), Mean(nil))

	r := rand.New(rand.NewPCG(3, 5))
	half := big.NewRat(1, 2)
	for range 2000 {
		scores := make([]Score, 1+r.IntN(9))
		sum := int64(0)
		for i := range scores {
			scores[i] = Score(r.IntN(1001))
			sum += int64(scores[i])
		}
		exact := big.NewRat(sum, int64(len(scores)))
		diff := new(big.Rat).Sub(exact, big.NewRat(int64(Mean(scores)), 1)) // in [-1/2, 1/2)
		require.True(t, diff.Cmp(new(big.Rat).Neg(half)) >= 0 && diff.Cmp(half) < 0, "%v: %s", scores, diff)
	}
}

func TestAggregateOfThePanel(t *testing.T) {
	t.Parallel()
	panel := PanelPolicy{Min: 2, Max: 5, Aggregate: "mean"}
	sheets := []map[string]Score{
		{"C1": 30, "C2": 10, "C3": 20},
		{"C1": 20, "C2": 10, "C3": 29},
	}
	got, err := Aggregate(panel, rubric, sheets)
	require.NoError(t, err)
	require.Equal(t, Tally{
		Sheets: 2, Total: 60, Passed: true, // 59.5 tenths round up to the pass mark
		Indicators: map[string]Score{"C1": 25, "C2": 10, "C3": 25},
	}, got)

	sheets[1]["C3"] = 20
	got, err = Aggregate(panel, rubric, sheets)
	require.NoError(t, err)
	require.False(t, got.Passed)

	for _, few := range [][]map[string]Score{nil, sheets[:1]} {
		_, err = Aggregate(panel, rubric, few)
		require.True(t, apperr.Is(err, CodePanelScores), "%d sheets", len(few))
	}
	_, err = Aggregate(PanelPolicy{}, rubric, nil)
	require.Error(t, err, "no score is no result, even where the policy asks for none")
}
