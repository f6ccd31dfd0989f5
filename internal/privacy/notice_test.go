package privacy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/privacy"
)

// The notice says everything that the inventory says, and no change of it keeps its version.
func TestTheNoticeTellsWhatIsKept(t *testing.T) {
	t.Parallel()
	usual := privacy.NoticeOf("", "", privacy.Rules())
	require.Equal(t, privacy.Classes(), usual.Classes)
	require.NotEmpty(t, usual.Contact)
	require.Equal(t, usual.Version, privacy.NoticeOf(" \n", " ", privacy.Rules()).Version)
	own := privacy.NoticeOf("第一段\r\n\n第二段\n", "张老师 020-1", privacy.Rules())
	require.Equal(t, []string{"第一段", "第二段"}, own.Intro)
	require.Equal(t, "张老师 020-1", own.Contact)
	longer := privacy.Rules()
	longer[0].Months++
	versions := map[string]bool{}
	for _, n := range []privacy.Notice{usual, own, privacy.NoticeOf("", "", longer), privacy.NoticeOf("第一段", "", privacy.Rules())} {
		versions[n.Version] = true
	}
	require.Len(t, versions, 4)
}
