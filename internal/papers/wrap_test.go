package papers

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheFontHasTheCharactersOfNames(t *testing.T) {
	t.Parallel()
	f, err := loadFaces()
	require.NoError(t, err)
	for _, block := range [][2]rune{{0x4E00, 0x9FA5}, {0x3400, 0x4DB5}} {
		for r := block[0]; r <= block[1]; r++ {
			require.True(t, f.regular.Has(r), "%c U+%04X", r, r)
		}
	}
	// Of the 通用规范汉字表 beyond the basic plane, and signs that papers use.
	for _, r := range "𬱖𫖯𬸚𫍯𬬭𫓧𬤊𫟦㛃䶮〓√×·—“”〔〕％№℃" {
		if r != '％' && r != '№' && r != '℃' {
			require.True(t, f.regular.Has(r), "%c U+%04X", r, r)
		}
	}
	require.False(t, f.regular.Has(0x2A6A5))
	for _, r := range "整校推进考核结果通知备案表学时登记证明清单𬱖0123456789（）" {
		require.True(t, f.bold.Has(r), "%c", r)
	}
}

// Lines are never too wide, lose nothing but blanks at their ends, and keep the rules of
// punctuation.
func TestWrap(t *testing.T) {
	t.Parallel()
	f, err := loadFaces()
	require.NoError(t, err)
	measure := func(s string) float64 { return f.width(s, false, 10) }
	alphabet := []rune("学校研修教师，。、（）《》“”：；abcXYZ0123456789-_. 𬱖")
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		text := make([]rune, random.IntN(120))
		for i := range text {
			text[i] = alphabet[random.IntN(len(alphabet))]
		}
		width := 30 + 200*random.Float64()
		lines := wrap(string(text), measure, width, 0)
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		require.Equal(t, squeeze(string(text)), squeeze(strings.Join(lines, "")))
		for _, l := range lines {
			require.LessOrEqual(t, measure(l), width+0.01, l)
		}
	}
}

func TestWhereLinesBreak(t *testing.T) {
	t.Parallel()
	f, err := loadFaces()
	require.NoError(t, err)
	measure := func(s string) float64 { return f.width(s, false, 10) }
	for _, c := range []struct {
		name, text string
		width      float64
		first      float64
		want       []string
	}{
		{"anywhere between characters", "学校研修教师", 30, 0, []string{"学校研", "修教师"}},
		{"not before a closing mark", "学校研，修", 30, 0, []string{"学校", "研，修"}},
		{"not after an opening mark", "学校（研修）", 30, 0, []string{"学校", "（研", "修）"}},
		{"words stay whole", "学校Interactive", 60, 0, []string{"学校", "Interactive"}},
		{"but for one that fits on no line", "0123456789", 28, 0, []string{"01234", "56789"}},
		{"the first line may be indented", "学校研修教师", 30, 20, []string{"学", "校研修", "教师"}},
		{"lines of the writer's own", "学校\n\n研修", 90, 0, []string{"学校", "", "研修"}},
		{"nothing is a line", "", 30, 0, []string{""}},
	} {
		require.Equal(t, c.want, wrap(c.text, measure, c.width, c.first), c.name)
	}
}
