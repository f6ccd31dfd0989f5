package domain

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

var gates95 = GatesPolicy{BNum: 95, BDen: 100}

func TestTC13_GateBOfTwenty(t *testing.T) {
	t.Parallel()
	open := GateB(gates95, 19, 20)
	require.True(t, open.Open, "95%% is inclusive")
	require.Equal(t, "19/20(95.00%)达标", open.Text())
	require.NoError(t, RequireGateB(open))

	closed := GateB(gates95, 18, 20)
	require.False(t, closed.Open)
	require.Equal(t, "18/20(90.00%)未达标", closed.Text())
}

func TestTC14_GateBOfTwoHundredSeventyOne(t *testing.T) {
	t.Parallel()
	require.Equal(t, Gate{Open: true, Have: 258, Of: 271, Need: 258, Permyriad: 9520}, GateB(gates95, 258, 271))
	require.Equal(t, "258/271(95.20%)达标", GateB(gates95, 258, 271).Text())
	require.Equal(t, Gate{Have: 257, Of: 271, Need: 258, Permyriad: 9483}, GateB(gates95, 257, 271))
	require.Equal(t, "257/271(94.83%)未达标", GateB(gates95, 257, 271).Text())
}

func TestTC15_GateBOfTenNeedsAll(t *testing.T) {
	t.Parallel()
	g := GateB(gates95, 9, 10)
	require.False(t, g.Open)
	require.Equal(t, 10, g.Need)
	err := RequireGateB(g)
	require.True(t, apperr.Is(err, CodeGateBClosed))
	require.Contains(t, apperr.MessageOf(err), "至少须10名专任教师合格，还差1人")
	require.True(t, GateB(gates95, 10, 10).Open)
}

func TestTC16_OneTeacherNotPassedClosesGateA(t *testing.T) {
	t.Parallel()
	for _, last := range []ReviewResult{ReviewFailed, ReviewPending} {
		a, _ := CountResults([]TeacherResult{{UserID: "a", Review: ReviewPassed}, {UserID: "b", Review: last}})
		g := GateA(a.Passed, a.Teachers)
		require.False(t, g.Open, "%s", last)
		require.True(t, apperr.Is(RequireGateA(g), CodeGateAClosed))
	}
	require.NoError(t, RequireGateA(GateA(2, 2)))
}

func TestGateBJustBelowTheThresholdIsClosedWhateverThePercentageReads(t *testing.T) {
	t.Parallel()
	g := GateB(gates95, 18999, 20000) // 94.995 %, which rounds to 95.00
	require.Equal(t, 9500, g.Permyriad)
	require.False(t, g.Open)
	require.False(t, GateB(gates95, 9499, 10000).Open, "94.99 %%")
	require.True(t, GateB(gates95, 9500, 10000).Open)
}

func TestGatesOverEverySchoolSize(t *testing.T) {
	t.Parallel()
	threshold := big.NewRat(95, 100)
	for n := range 2001 {
		wasOpen := false
		for have := range n + 1 {
			b := GateB(gates95, have, n)
			want := n > 0 && big.NewRat(int64(have), int64(max(n, 1))).Cmp(threshold) >= 0
			if b.Open != want || wasOpen && !b.Open || b.Open != (n > 0 && have >= b.Need) {
				t.Fatalf("gate B of %d/%d: %+v, want open=%t", have, n, b, want)
			}
			wasOpen = b.Open
			if a := GateA(have, n); a.Open != (n > 0 && have == n) {
				t.Fatalf("gate A of %d/%d: %+v", have, n, a)
			}
		}
		if wasOpen != (n > 0) {
			t.Fatalf("gate B of %d/%d must be open exactly when there are teachers", n, n)
		}
	}
}

func TestGatesWithoutTeachersOrWithImpossibleCountsAreClosed(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]int{{0, 0}, {1, 0}, {0, -1}, {-1, 3}, {4, 3}} {
		require.False(t, GateA(c[0], c[1]).Open, "A %v", c)
		require.False(t, GateB(gates95, c[0], c[1]).Open, "B %v", c)
	}
	require.Equal(t, "0/0未达标(没有教师)", GateA(0, 0).Text())
	require.Error(t, RequireGateA(GateA(0, 0)))
	require.Error(t, RequireGateB(GateB(gates95, 0, 0)))
}
