package demo

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

//go:embed data/t1_district_progress.csv
var t1 []byte

// unit is one line of 000:70-82: a district, or the 市直属 schools together.
type unit struct {
	name     string
	teachers int // 专任教师
	schools  int // drawn
}

// direct reports whether the unit's schools belong to the city itself.
func (u unit) direct() bool { return strings.HasPrefix(u.name, "市直属") }

// units reads the table; its last line is the sum.
func units() ([]unit, error) {
	rows, err := csv.NewReader(bytes.NewReader(t1)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read table of units: %w", err)
	}
	var list []unit
	for _, row := range rows[1:] {
		if strings.HasPrefix(row[0], "合计") {
			continue
		}
		n, err := strconv.Atoi(row[1])
		if err != nil {
			return nil, fmt.Errorf("read teachers of %s: %w", row[0], err)
		}
		list = append(list, unit{name: row[0], teachers: n})
	}
	return list, nil
}

// apportion gives every unit one school and the rest by largest remainder.
func apportion(list []unit, schools int) {
	all, left := 0, schools-len(list)
	for _, u := range list {
		all += u.teachers
	}
	order := make([]int, len(list))
	for i := range list {
		order[i] = i
		list[i].schools = 1 + (schools-len(list))*list[i].teachers/all
		left -= list[i].schools - 1
	}
	remainder := func(i int) int { return (schools - len(list)) * list[i].teachers % all }
	slices.SortStableFunc(order, func(a, b int) int { return remainder(b) - remainder(a) })
	for _, i := range order[:left] {
		list[i].schools++
	}
}

// fewest is the size of the smallest drawn school; Options.Teachers bounds the largest.
const fewest = 8

// drawn is a school that the demo invents.
type drawn struct {
	unit     int // index
	code     string
	name     string
	teachers int
}

var kinds = []string{"小学", "中学"}

// draw invents the schools of all units in proportion, none with more than so many
// teachers.
func draw(list []unit, schools, most int, rnd *rand.Rand) []drawn {
	apportion(list, schools)
	per := func(u unit) int { return u.teachers / u.schools }
	low, high := per(list[0]), per(list[0])
	for _, u := range list {
		low, high = min(low, per(u)), max(high, per(u))
	}
	var out []drawn
	for i, u := range list {
		for n := range u.schools {
			size := fewest + (most-fewest)*(per(u)-low)/max(high-low, 1)
			size += rnd.IntN(5) - 2
			out = append(out, drawn{
				unit: i, code: fmt.Sprintf("%02d%02d", i+1, n+1),
				name:     fmt.Sprintf("%s第%d%s", strings.TrimSuffix(u.name, "学校"), n+1, kinds[rnd.IntN(len(kinds))]),
				teachers: min(max(size, fewest), most),
			})
		}
	}
	return out
}
