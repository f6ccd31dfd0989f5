package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// Without rules of a policy 催办 and what is overdue go out at once; a policy may have them
// wait and others not. What concerns the reader's account waits, a test never does.
func TestWhatIsUrgent(t *testing.T) {
	t.Parallel()
	usual := domain.NoticePolicy{}
	require.Equal(t, []string{"催办督办", "逾期提醒"}, models.UrgentNames(usual))
	turned := domain.NoticePolicy{UrgeWaits: true, OverdueWaits: true, DueUrgent: true, TaskUrgent: true, ProgressUrgent: true}
	require.Equal(t, []string{"期限临近和改期的提醒", "新待办", "抄送与项目变动"}, models.UrgentNames(turned))
	require.Empty(t, models.UrgentNames(domain.NoticePolicy{UrgeWaits: true, OverdueWaits: true}))
	for _, p := range []domain.NoticePolicy{usual, turned} {
		require.True(t, models.Urgent("test", p))
		require.False(t, models.Urgent("digest", p))
		require.False(t, models.Urgent("bulletin", p))
	}
	require.True(t, models.Urgent(domain.RungEscalate+"1", usual))
}
