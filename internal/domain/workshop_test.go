package domain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
)

func TestTC25_WorkshopStaysWithinOneDistrict(t *testing.T) {
	t.Parallel()
	same := []WorkshopMember{{"a", "越秀区"}, {"b", "越秀区"}}
	mixed := []WorkshopMember{same[0], same[1], {"c", "海珠区"}}
	require.NoError(t, CheckWorkshop(GroupsPolicy{}, nil))
	require.NoError(t, CheckWorkshop(GroupsPolicy{}, same))
	require.True(t, apperr.Is(CheckWorkshop(GroupsPolicy{}, mixed), CodeWorkshopDistrict))
	require.NoError(t, CheckWorkshop(GroupsPolicy{CrossDistrict: true}, mixed))
}
